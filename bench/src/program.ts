import { spawn } from "node:child_process"
import { closeSync, openSync } from "node:fs"
import { devNull } from "node:os"
import { createInterface } from "node:readline"
import type { Readable } from "node:stream"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"

/** What a program took from its start to its end. */
export interface Taken {
  readonly seconds: number
  /** Most memory it had at once. */
  readonly peakMiB: number
}

const peak = new URL("peak.mjs", import.meta.url).href

/**
 * Runs a Node program to its end; fails when it fails.
 *
 * @param take takes each line of its output, which goes nowhere otherwise
 */
export const runProgram = async (args: ReadonlyArray<string>, take?: (line: string) => void): Promise<Taken> => {
  const nowhere = openSync(devNull, "w")
  const began = performance.now()
  const child = spawn(process.execPath, ["--import", peak, ...args], {
    stdio: ["ignore", take === undefined ? nowhere : "pipe", "inherit", "pipe"]
  })
  closeSync(nowhere)
  const ended = new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve))
  const told = text(child.stdio[3] as Readable)
  if (take !== undefined && child.stdout !== null) for await (const line of createInterface(child.stdout)) take(line)
  const code = await ended
  const seconds = (performance.now() - began) / 1000
  if (code !== 0) throw new Error(`node ${args.join(" ")} ended with exit code ${code}`)
  return { seconds, peakMiB: Number(await told) / 1024 }
}

/** A program of the bench itself, by its file's name. */
export const programOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** Seconds of a Node program from its start to its end, with nothing loaded before it. */
export const runBare = async (args: ReadonlyArray<string>): Promise<number> => {
  const began = performance.now()
  const child = spawn(process.execPath, args, { stdio: "ignore" })
  const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve))
  if (code !== 0) throw new Error(`node ${args.join(" ")} ended with exit code ${code}`)
  return (performance.now() - began) / 1000
}
