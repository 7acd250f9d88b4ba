// What two releases of Mermaid read in pictures: standard input holds a JSON list of texts, standard output a JSON list
// with an object for each: release to {boxes: id to shown text, arrows, groups} or {error}.
import { readFileSync } from "node:fs"
import { JSDOM } from "jsdom"

const dom = new JSDOM("<!doctype html><body></body>")
globalThis.window = dom.window
globalThis.document = dom.window.document

const releases = {}
for (const name of ["mermaid-10", "mermaid-12"]) {
  const { default: mermaid } = await import(name)
  mermaid.initialize({ securityLevel: "strict", startOnLoad: false })
  releases[name] = mermaid
}

// As the browser shows a label: Mermaid's own stand-ins for entities become entities again, <br/> a new line.
const shown = (label) => {
  const html = label.replaceAll("ﬂ°°", "&#").replaceAll("ﬂ°", "&").replaceAll("¶ß", ";")
  const element = dom.window.document.createElement("div")
  element.innerHTML = html.replaceAll(/<br\s*\/?>/g, "\n")
  return element.textContent
}
const values = (found) => (found instanceof Map ? [...found.values()] : Object.values(found))

const judged = async (mermaid, text) => {
  try {
    await mermaid.parse(text)
    const { db, type } = await mermaid.mermaidAPI.getDiagramFromText(text)
    return {
      type,
      boxes: Object.fromEntries(values(db.getVertices()).map(({ id, text }) => [id, shown(text)])),
      arrows: db.getEdges().map(({ start, end }) => [start, end]),
      groups: db.getSubGraphs().map(({ title, nodes }) => [shown(title), nodes]),
    }
  } catch (error) {
    return { error: String(error.message ?? error) }
  }
}

const answers = []
for (const text of JSON.parse(readFileSync(0, "utf8"))) {
  const answer = {}
  for (const [name, mermaid] of Object.entries(releases)) answer[name] = await judged(mermaid, text)
  answers.push(answer)
}
console.log(JSON.stringify(answers))
