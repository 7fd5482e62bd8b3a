/** The warning if the environment turns off certificate checks; undefined if it does not. */
export const insecureTls = (env: NodeJS.ProcessEnv): string | undefined =>
  env.NODE_TLS_REJECT_UNAUTHORIZED === "0"
    ? "NODE_TLS_REJECT_UNAUTHORIZED=0 turns off certificate checks: anyone between this machine and Pipedrive can read and change everything, including the token. Unset it; to trust your own certificate authority, name its file in NODE_EXTRA_CA_CERTS."
    : undefined
