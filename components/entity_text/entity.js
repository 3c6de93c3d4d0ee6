// Draws the parts of a text that Python sends, marked ones with their label.
//
// Texts and labels are untrusted: they only ever become text nodes.

// They would turn the rest of the line around, labels included.
const BIDI_CONTROL = /[\u202a-\u202e\u2066-\u2069]/u;

const LETTER = /\p{L}/u;
const RIGHT_TO_LEFT =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;
// Keeps a label on the line of the last word it belongs to.
const WORD_JOINER = "\u2060";

export default function (component) {
  const { parentElement, data } = component;
  const root = parentElement.querySelector(".entities");
  const text = root.querySelector(".text");
  const background = getComputedStyle(root).getPropertyValue("--st-background-color");
  const theme = isDark(background) ? "dark" : "light";
  root.dataset.theme = theme;
  text.setAttribute("aria-label", data.label);
  text.replaceChildren(...linesOf(data.parts).map((line) => drawLine(line, data.themes[theme])));
}

// The parts of each line of the text; a mark over several lines has its label on the last.
function linesOf(parts) {
  const lines = [[]];
  for (const part of parts) {
    const runs = part.text.split(/\r\n|\n|\r/u);
    runs.forEach((run, number) => {
      if (number > 0) lines.push([]);
      if (run) lines.at(-1).push({ ...part, text: run, ends: number === runs.length - 1 });
    });
  }
  return lines;
}

function drawLine(parts, colours) {
  const line = document.createElement("div");
  line.className = "line";
  // Marks are isolated from the text around them, so the line itself cannot tell its direction.
  const letter = parts.map((part) => part.text).join("").match(LETTER)?.[0] ?? "";
  line.dir = RIGHT_TO_LEFT.test(letter) ? "rtl" : "ltr";
  line.append(...parts.map((part) => draw(part, colours)));
  if (!parts.length) line.append(document.createElement("br"));
  return line;
}

function draw(part, colours) {
  if (part.label === undefined) return visible(part.text);
  const mark = document.createElement("mark");
  mark.className = "mark";
  const [fill, line] = colours[part.colour];
  mark.style.setProperty("--fill", fill);
  mark.style.setProperty("--line", line);
  mark.style.setProperty("--kind-line", part.line);
  if (part.note) mark.title = part.note;
  if (part.odd) mark.classList.add("odd");
  mark.append(visible(part.text));
  if (part.ends) {
    const label = document.createElement("span");
    label.className = "label";
    label.textContent = part.label;
    mark.append(WORD_JOINER, label);
  }
  return mark;
}

function visible(text) {
  const drawn = document.createDocumentFragment();
  for (const run of text.split(/([\u202a-\u202e\u2066-\u2069])/u)) {
    if (BIDI_CONTROL.test(run)) {
      const sign = document.createElement("span");
      sign.className = "control";
      sign.textContent = `U+${run.codePointAt(0).toString(16).toUpperCase()}`;
      drawn.append(sign);
    } else if (run) {
      drawn.append(run);
    }
  }
  return drawn;
}

// Of any CSS colour: the browser reads it, we weigh it.
function isDark(colour) {
  const context = document.createElement("canvas").getContext("2d");
  context.fillStyle = colour.trim() || "white";
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128;
}
