// Draws several cuts of one text on its characters, in as many blocks as the window's width needs.
//
// Texts and labels are untrusted: they only ever become text nodes.

// Of one character, in rem; the style sheet's --column is the same.
const COLUMN_REM = 1.15;
const FEWEST_COLUMNS = 8;

export default function (component) {
  const { parentElement, data } = component;
  const root = parentElement.querySelector(".axis");
  root.setAttribute("aria-label", data.label);
  const background = getComputedStyle(root).getPropertyValue("--st-background-color");
  const theme = isDark(background) ? "dark" : "light";
  root.dataset.theme = theme;
  data.themes[theme].forEach(([fill, line], number) => {
    root.style.setProperty(`--fill-${number}`, fill);
    root.style.setProperty(`--line-${number}`, line);
  });
  let drawn = 0;
  const draw = () => {
    const columns = columnsOf(root);
    if (columns === drawn) return;
    drawn = columns;
    root.replaceChildren(...blocksOf(data, columns));
  };
  drawn = 0;
  draw();
  const observer = new ResizeObserver(draw);
  observer.observe(root);
  return () => observer.disconnect();
}

function columnsOf(root) {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
  return Math.max(FEWEST_COLUMNS, Math.floor((root.clientWidth - 2) / (COLUMN_REM * rem)));
}

function blocksOf(data, columns) {
  const blocks = [];
  for (let start = 0; start < data.characters.length; start += columns) {
    const end = Math.min(start + columns, data.characters.length);
    blocks.push(drawBlock(data, start, end));
  }
  return blocks;
}

function drawBlock(data, start, end) {
  const block = element("div", "block");
  block.dir = data.is_right_to_left ? "rtl" : "ltr";
  const head = element("div", "line characters");
  head.setAttribute("aria-hidden", "true");
  for (let at = start; at < end; at += 1) {
    const character = element("span", "character", data.characters[at]);
    if ([...data.characters[at]].length > 1) character.classList.add("wide");
    head.append(character);
  }
  block.append(head, ...data.rows.map((row) => drawRow(row, start, end)));
  return block;
}

function drawRow(row, start, end) {
  const label = element("div", "label", row.label);
  label.dir = "ltr";
  const line = element("div", "line cells");
  row.cells.forEach((cell, number) => {
    if (cell.to <= start || cell.from >= end) return;
    line.append(drawCell(cell, number, start, end));
  });
  return element("div", "row", label, line);
}

function drawCell(cell, number, start, end) {
  const drawn = element("span", "cell");
  const from = Math.max(cell.from, start);
  const to = Math.min(cell.to, end);
  drawn.style.gridColumn = `${from - start + 1} / ${to - start + 1}`;
  drawn.dataset.tint = String(number % 2);
  if (cell.unknown) drawn.classList.add("unknown");
  if (cell.from < start) drawn.classList.add("goes-on");
  if (cell.to > end) drawn.classList.add("is-cut");
  drawn.title = cell.note;
  // A token over two blocks has its text in the first.
  const text = cell.from >= start ? cell.text.replace(/\s+/gu, " ").trim() : "";
  drawn.append(element("span", "text", text || "\u00a0"));
  if (cell.count > 1 && cell.from >= start) drawn.append(element("span", "count", `×${cell.count}`));
  return drawn;
}

function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

// Of any CSS colour: the browser reads it, we weigh it.
function isDark(colour) {
  const context = document.createElement("canvas").getContext("2d");
  context.fillStyle = colour.trim() || "white";
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128;
}
