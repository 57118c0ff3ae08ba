// What a team would build in an afternoon, with the two libraries that most would take: every update is a row on disk
// before it is answered, and every watcher is sent it. No filter, no resuming, no rights. It is only compared with.

import http from 'node:http'

import Database from 'better-sqlite3'
import { WebSocket, WebSocketServer } from 'ws'

const [file, address] = process.argv.slice(2)
const db = new Database(file)
db.pragma('journal_mode = WAL')
db.pragma('synchronous = FULL')
db.exec('CREATE TABLE IF NOT EXISTS changes (seq INTEGER PRIMARY KEY, path TEXT NOT NULL, body TEXT NOT NULL)')
const insert = db.prepare('INSERT INTO changes (path, body) VALUES (?, ?)')

const server = http.createServer((request, response) => {
  const parts = []
  request.on('data', part => parts.push(part))
  request.on('end', () => {
    const figures = JSON.parse(Buffer.concat(parts).toString())
    const seq = Number(insert.run(request.url, JSON.stringify(figures)).lastInsertRowid)
    // As long as a change of Berth's with one line of capacity.
    const change = JSON.stringify({ type: 'change', seq, ...figures, rest: 'x'.repeat(700) })
    for (const watcher of watchers.clients) {
      if (watcher.readyState === WebSocket.OPEN) watcher.send(change)
    }
    const answer = JSON.stringify({ seq })
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(answer) })
    response.end(answer)
  })
})
const watchers = new WebSocketServer({ server, perMessageDeflate: false })
const [host, port] = address.split(':')
server.listen({ host, port: Number(port), backlog: 1024 }, () => console.log(`peer is at ${address}`))
