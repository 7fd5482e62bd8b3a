/** What is wrong where the environment turns off the check of certificates; undefined where it does not. */
export const insecureTls = (env: NodeJS.ProcessEnv): string | undefined =>
  env.NODE_TLS_REJECT_UNAUTHORIZED === "0"
    ? "NODE_TLS_REJECT_UNAUTHORIZED=0 turns off the check of certificates: whoever stands between this machine and Pipedrive can read and change everything, the token included. Unset it; a certificate authority of your own goes into NODE_EXTRA_CA_CERTS."
    : undefined
