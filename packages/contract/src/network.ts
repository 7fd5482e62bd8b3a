import { Agent, request as open } from "node:http"
import type { HttpAnswer, SendHttp } from "@pipedrive-source/core/reader"

const agent = new Agent({ keepAlive: true, maxSockets: 16 })

/** One request to a server on this machine. */
export const send: SendHttp = ({ method, url, headers, body }, _timeouts, signal) =>
  new Promise<HttpAnswer>((resolve, reject) => {
    const request = open(url, { method, headers, agent }, (answer) => {
      const pieces: Array<Buffer> = []
      answer.on("data", (piece: Buffer) => pieces.push(piece))
      answer.once("error", () => reject(new Error("the connection was reset")))
      answer.once("close", () => {
        if (!answer.complete) return reject(new Error("the connection closed in the middle of the answer"))
        resolve({
          status: answer.statusCode ?? 0,
          header: (name) => {
            const value = answer.headers[name]
            return Array.isArray(value) ? value.join(", ") : value
          },
          body: Buffer.concat(pieces)
        })
      })
    })
    request.once("error", () => reject(new Error("the connection was reset")))
    signal.addEventListener("abort", () => request.destroy(), { once: true })
    request.end(body)
  })
