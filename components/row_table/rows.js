// Draws rows of a dataset, with hits and hidden characters to be seen.
//
// Texts and column names are untrusted: they only ever become text nodes.

// Texts beyond this want a column that is wide enough to read.
const LONG = 60;

export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  const root = parentElement.querySelector(".rows");
  const report = (what, index) =>
    setTriggerValue(what, { index, drawn: data.drawn, nonce: `${Date.now()}-${Math.random()}` });
  const table = root.querySelector("table");
  root.classList.toggle("whole", data.whole === true);
  root.classList.toggle("compact", data.compact === true);
  table.setAttribute("aria-label", data.words.table);
  table.tHead.replaceChildren(drawHead(data, report));
  table.tBodies[0].replaceChildren(
    ...(data.rows.length
      ? data.rows.map((row, index) => drawRow(row, index, report))
      : [drawEmpty(data)]),
  );
  requestAnimationFrame(() => markCut(table));
}

// A cell shows a few lines; that there are more must be seen.
function markCut(table) {
  for (const text of table.querySelectorAll("td .text")) {
    text.classList.toggle("cut", text.scrollHeight > text.clientHeight + 1);
  }
}

function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

function drawHead(data, report) {
  const head = element("tr", "");
  head.append(element("th", "number", data.words.number));
  data.columns.forEach((column, index) => {
    const cell = element("th", "");
    cell.scope = "col";
    if (column.order) cell.setAttribute("aria-sort", column.order);
    if (column.sortable) {
      const button = element("button", "name", column.name);
      button.type = "button";
      button.addEventListener("click", () => report("column", index));
      const arrow = { ascending: "↑", descending: "↓" }[column.order] ?? "↕";
      const sign = element("span", column.order ? "order" : "order quiet", arrow);
      sign.setAttribute("aria-hidden", "true");
      button.append(sign);
      cell.append(button);
    } else {
      cell.append(element("span", "name", column.name));
    }
    head.append(cell);
  });
  return head;
}

function drawEmpty(data) {
  const cell = element("td", "empty", data.words.empty);
  cell.colSpan = data.columns.length + 1;
  return element("tr", "", cell);
}

function drawRow(row, index, report) {
  const drawn = element("tr", row.faint ? "faint" : "");
  if (row.selected) drawn.dataset.selected = "";
  const open = element("button", "open", row.number);
  open.type = "button";
  open.setAttribute("aria-label", row.label);
  open.title = row.label;
  open.addEventListener("click", () => report("row", index));
  const number = element("th", "number", open);
  number.scope = "row";
  for (const note of row.notes) number.append(element("span", "note", note));
  drawn.append(number, ...row.cells.map(drawCell));
  return drawn;
}

function drawCell(cell) {
  const drawn = element("td", cell.kind);
  const shown = cell.pieces.reduce((sum, piece) => sum + piece.text.length, 0);
  if (shown > LONG) drawn.classList.add("long");
  const text = element("div", "text", ...cell.pieces.map(drawPiece));
  drawn.append(text);
  if (cell.more) drawn.append(element("div", "more", cell.more));
  return drawn;
}

function drawPiece(piece) {
  let drawn;
  if (piece.sign === undefined) {
    drawn = document.createTextNode(piece.text);
  } else {
    // The style sheet draws the sign and hides the character: what is copied is the text.
    drawn = element("span", "sign", element("span", piece.text === "\n" ? "" : "gone", piece.text));
    drawn.dataset.sign = piece.sign;
    if (piece.sign.startsWith("U+")) drawn.classList.add("code");
  }
  return piece.hit ? element("mark", "", drawn) : drawn;
}
