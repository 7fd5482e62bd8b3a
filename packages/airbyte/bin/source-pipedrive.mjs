#!/usr/bin/env node
process.noDeprecation = true
await import("../dist/main.js")
