// Draws the pieces that Python sends and reports clicks on them.
//
// Texts are untrusted: they only ever become text nodes. Every word comes from Python, translated.
// A new set of pieces replaces only the cells that differ, so nothing flickers while text streams
// in, and focus and scroll position stay.

const TIP_DELAY_MS = 90;
const MARGIN_PX = 8;
const MARKS = { "\n": "↵", "\t": "→", "\r": "␍" };
// Whitespace that prose does not show, and the controls that would turn the rest of the line around.
const MARKED =
  /[\n\t\r]|\s{2,}|[\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]|[\u202a-\u202e\u2066-\u2069]/gu;
const JOINED_SCRIPT =
  /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Nko}\p{Script=Mongolian}\p{Script=Mandaic}\p{Script=Adlam}]/u;
const RIGHT_TO_LEFT =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;
const BIDI_CONTROL = /[\u202a-\u202e\u2066-\u2069]/u;

const strips = new WeakMap();

export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  const root = parentElement.querySelector(".strip");
  let strip = strips.get(root);
  if (!strip) {
    strip = new Strip(root);
    strips.set(root, strip);
  }
  strip.report = (index) => setTriggerValue("clicked", { index, drawn: data.drawn, nonce: nonce() });
  strip.update(data);
  return () => strip.close();
}

function nonce() {
  return `${Date.now()}-${Math.random()}`;
}

class Strip {
  constructor(root) {
    this.root = root;
    this.tokens = root.querySelector(".tokens");
    this.legend = root.querySelector(".legend");
    this.tip = root.querySelector(".tip");
    this.cells = []; // one span a piece: the whitespace before it, the chip, the breaks after it
    this.signatures = [];
    this.pieces = [];
    this.current = -1; // the one chip that Tab reaches
    this.tipIndex = -1;
    this.tipTimer = 0;
    this.locked = false;
    this.closing = new AbortController();
    this.tokens.replaceChildren();
    this.listen();
  }

  listen() {
    const { signal } = this.closing;
    const hide = () => this.hideTip();
    const onTokens = (type, handle) => this.tokens.addEventListener(type, handle, { signal });
    onTokens("click", (event) => this.onClick(event));
    onTokens("keydown", (event) => this.onKey(event));
    onTokens("pointerover", (event) => this.onPointer(event));
    onTokens("pointerleave", () => {
      this.quietIndex = -1;
      this.hideTip();
    });
    onTokens("focusin", (event) => this.onFocus(event));
    onTokens("focusout", hide);
    // Moving the focus may scroll the page: the tooltip goes with its chip.
    const follow = () => this.followChip();
    window.addEventListener("scroll", follow, { signal, capture: true, passive: true });
    window.addEventListener("resize", follow, { signal });
    window.addEventListener("keydown", (event) => event.key === "Escape" && hide(), { signal });
  }

  close() {
    this.closing.abort();
    this.hideTip();
    strips.delete(this.root);
  }

  // ---- drawing

  update(data) {
    this.applyTheme(data.themes);
    this.tokens.setAttribute("aria-label", data.labels.strip);
    this.tokens.dataset.empty = data.labels.empty;
    this.updateLegend(data.legend);
    this.updatePieces(data.pieces);
    this.setLocked(data.locked);
  }

  applyTheme(themes) {
    const style = getComputedStyle(this.root);
    const theme = isDark(style.getPropertyValue("--st-background-color")) ? "dark" : "light";
    const { ink, colours } = themes[theme];
    const signature = JSON.stringify([ink, colours]);
    this.levels = colours.length;
    if (signature === this.themeSignature) return;
    this.themeSignature = signature;
    this.root.dataset.theme = theme;
    this.root.style.setProperty("--ink", ink);
    this.root.style.setProperty("--last", colours.at(-1));
    this.root.style.setProperty("--ramp", `linear-gradient(to right, ${colours.join(", ")})`);
    colours.forEach((colour, level) => this.root.style.setProperty(`--c${level}`, colour));
  }

  updateLegend(legend) {
    this.legend.hidden = !legend;
    if (!legend) return;
    this.legend.replaceChildren(
      element("span", "low", legend.low),
      element("span", "ramp"),
      element("span", "high", legend.high),
      element("span", "title", legend.title),
    );
    this.legend.querySelector(".ramp").setAttribute("aria-hidden", "true");
  }

  updatePieces(pieces) {
    const focused = this.tokens.contains(activeElement(this.root)) ? this.current : -1;
    const signatures = pieces.map((piece) => JSON.stringify(piece));
    const added = document.createDocumentFragment();
    let changed = this.cells.length !== pieces.length;
    pieces.forEach((piece, index) => {
      if (signatures[index] === this.signatures[index]) return;
      changed = true;
      const cell = this.drawCell(piece, index);
      if (index < this.cells.length) this.cells[index].replaceWith(cell);
      else added.append(cell);
      this.cells[index] = cell;
      if (index === this.tipIndex) this.hideTip();
    });
    for (const cell of this.cells.splice(pieces.length)) cell.remove();
    this.tokens.append(added);
    this.pieces = pieces;
    this.signatures = signatures;
    if (!changed) return;
    this.tokens.toggleAttribute(
      "data-captions",
      pieces.some((piece) => piece.caption !== undefined),
    );
    this.rtl = RIGHT_TO_LEFT.test(firstLetter(pieces));
    if (this.tipIndex >= pieces.length) this.hideTip();
    this.lockDrawn = undefined;
    this.restoreFocus(focused);
  }

  restoreFocus(focused) {
    const stays = this.canFocus(this.current) ? this.current : -1;
    const first = this.pieces.findIndex((piece) => piece.clickable);
    const next = [stays, first, this.pieces.findIndex((_, i) => this.canFocus(i))];
    this.current = -1;
    this.setCurrent(next.find((index) => index >= 0) ?? -1);
    if (focused >= 0 && this.current >= 0) this.chip(this.current).focus({ preventScroll: true });
  }

  drawCell(piece, index) {
    const cell = element("span", "cell");
    if (piece.marks) cell.append(...visibleSpace(piece.marks));
    else if (piece.space) cell.append(" ");
    cell.append(this.drawChip(piece, index));
    for (let i = 0; i < (piece.breaks ?? 0); i += 1) cell.append(mark("\n"), element("br"));
    // The break of a token that is a line break stands behind its chip, not inside.
    if (/^\s*\n\s*$/u.test(piece.text)) {
      for (const _ of piece.text.matchAll(/\n/gu)) cell.append(element("br"));
    }
    return cell;
  }

  drawChip(piece, index) {
    const chip = element("span", "chip");
    const { dataset } = chip;
    dataset.index = index;
    dataset.kind = piece.kind;
    for (const flag of ["clickable", "selected", "hidden", "written"]) {
      if (piece[flag]) dataset[flag] = "";
    }
    if (piece.value !== undefined) {
      dataset.value = piece.value;
      chip.style.setProperty("--fill", `var(--c${Math.round(piece.value * (this.levels - 1))})`);
    }
    if (JOINED_SCRIPT.test(piece.text)) dataset.joined = "";
    const text = element("span", "text");
    text.append(...visibleText(piece.text));
    chip.append(text);
    if (piece.count) {
      const count = element("sup", "count", String(piece.count));
      count.setAttribute("aria-hidden", "true");
      chip.append(count);
    }
    if (piece.caption !== undefined) {
      dataset.caption = "";
      const caption = element("span", "caption");
      caption.dir = "auto";
      caption.append(...visibleText(piece.caption));
      chip.append(caption);
    }
    if (piece.clickable || piece.tip) {
      chip.tabIndex = -1;
      chip.setAttribute("role", piece.clickable ? "button" : "note");
      chip.setAttribute("aria-label", piece.aria);
    }
    if (piece.clickable) {
      chip.setAttribute("aria-pressed", String(Boolean(piece.selected || piece.kind === "mask")));
    }
    return chip;
  }

  setLocked(locked) {
    if (locked === this.lockDrawn) return;
    this.locked = this.lockDrawn = locked;
    this.root.toggleAttribute("data-locked", locked);
    for (const chip of this.tokens.querySelectorAll(".chip[data-clickable]")) {
      if (locked) chip.setAttribute("aria-disabled", "true");
      else chip.removeAttribute("aria-disabled");
    }
  }

  // ---- keyboard and pointer

  chip(index) {
    return this.cells[index]?.querySelector(".chip");
  }

  canFocus(index) {
    const piece = this.pieces[index];
    return Boolean(piece && (piece.clickable || piece.tip));
  }

  setCurrent(index) {
    if (this.current >= 0) this.chip(this.current)?.setAttribute("tabindex", "-1");
    this.current = index;
    this.chip(index)?.setAttribute("tabindex", "0");
  }

  press(index) {
    if (!this.locked && this.pieces[index]?.clickable) this.report(index);
  }

  onClick(event) {
    const index = indexOf(event.target);
    if (index < 0) return;
    if (this.canFocus(index)) this.setCurrent(index);
    // A finger has no hover: where nothing can be pressed, a tap shows the tooltip.
    if (!this.pieces[index].clickable) this.showTip(index);
    else this.quiet(index);
    this.press(index);
  }

  // What was clicked has its answer below: the tooltip leaves it free until the pointer moves on.
  quiet(index) {
    this.hideTip();
    this.quietIndex = index;
  }

  onKey(event) {
    const index = indexOf(event.target);
    if (index < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const forward = this.isRightToLeft(index) ? "ArrowLeft" : "ArrowRight";
    let target = -1;
    if (event.key === "Enter" || event.key === " ") {
      if (!event.repeat) this.press(index);
    } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      target = this.nextFocusable(index, event.key === forward ? 1 : -1);
    } else if (event.key === "Home") {
      target = this.nextFocusable(-1, 1);
    } else if (event.key === "End") {
      target = this.nextFocusable(this.pieces.length, -1);
    } else if (event.key === "Escape" && this.tipIndex >= 0) {
      event.stopPropagation(); // the first Escape closes the tooltip, not a dialog around it
      this.hideTip();
      return;
    } else {
      return;
    }
    event.preventDefault();
    if (target >= 0) {
      this.setCurrent(target);
      this.chip(target).focus();
    }
  }

  nextFocusable(index, step) {
    for (let i = index + step; i >= 0 && i < this.pieces.length; i += step) {
      if (this.canFocus(i)) return i;
    }
    return -1;
  }

  isRightToLeft(index) {
    const letter = firstLetter([this.pieces[index]]);
    return letter ? RIGHT_TO_LEFT.test(letter) : this.rtl;
  }

  onFocus(event) {
    const index = indexOf(event.target);
    if (index < 0) return;
    this.setCurrent(index);
    if (event.target.matches(":focus-visible")) this.showTip(index);
  }

  onPointer(event) {
    if (event.pointerType === "touch") return;
    const index = indexOf(event.target);
    clearTimeout(this.tipTimer);
    if (index === this.quietIndex && index >= 0) return;
    this.quietIndex = -1;
    if (index < 0) {
      this.hideTip();
    } else if (index !== this.tipIndex) {
      this.tipTimer = setTimeout(() => this.showTip(index), this.tipIndex < 0 ? TIP_DELAY_MS : 0);
    }
  }

  // ---- the tooltip

  showTip(index) {
    const { tip: content } = this.pieces[index] ?? {};
    const chip = this.chip(index);
    this.hideTip();
    if (!content || !chip) return;
    this.tip.replaceChildren(...tipParts(content));
    this.tip.dataset.open = "";
    this.tip.showPopover?.(); // the top layer, so that no container clips it
    this.tipIndex = index;
    chip.setAttribute("aria-describedby", this.tip.id);
    this.placeTip(chip);
  }

  placeTip(chip) {
    const anchor = chip.getClientRects()[0] ?? chip.getBoundingClientRect();
    const whole = chip.getBoundingClientRect();
    this.tip.style.translate = "0 0";
    const box = this.tip.getBoundingClientRect();
    const { clientWidth, clientHeight } = document.documentElement;
    const below = whole.bottom + MARGIN_PX;
    const above = whole.top - MARGIN_PX - box.height;
    const top = below + box.height <= clientHeight - MARGIN_PX || above < MARGIN_PX ? below : above;
    const middle = anchor.left + anchor.width / 2 - box.width / 2;
    const left = clamp(middle, MARGIN_PX, clientWidth - MARGIN_PX - box.width);
    const y = clamp(top, MARGIN_PX, clientHeight - MARGIN_PX - box.height);
    // Relative to where it stands now: an ancestor may have moved the origin of fixed elements.
    this.tip.style.translate = `${left - box.left}px ${y - box.top}px`;
  }

  followChip() {
    if (this.tipIndex < 0) return;
    const { top, bottom } = this.chip(this.tipIndex).getBoundingClientRect();
    if (bottom < 0 || top > document.documentElement.clientHeight) this.hideTip();
    else this.placeTip(this.chip(this.tipIndex));
  }

  hideTip() {
    clearTimeout(this.tipTimer);
    if (this.tipIndex < 0) return;
    this.chip(this.tipIndex)?.removeAttribute("aria-describedby");
    this.tipIndex = -1;
    delete this.tip.dataset.open;
    if (this.tip.matches(":popover-open")) this.tip.hidePopover();
  }
}

function tipParts({ tokens, notes, bars, rows }) {
  const forms = element("div", "forms");
  for (const token of tokens) {
    const form = element("bdi", "form");
    form.append(...visibleText(token));
    forms.append(form);
  }
  const parts = tokens.length ? [forms] : [];
  for (const note of notes) parts.push(element("div", "note", note));
  if (bars.length) parts.push(tipBars(bars));
  if (rows.length) parts.push(tipRows(rows));
  return parts;
}

function tipBars(bars) {
  const grid = element("div", "bars");
  for (const [text, fraction, number] of bars) {
    const word = element("bdi", "word");
    word.append(...visibleText(text));
    const bar = element("div", "bar");
    const length = element("div");
    length.style.width = `${100 * fraction}%`;
    bar.append(length);
    grid.append(word, bar, element("span", "number", number));
  }
  return grid;
}

function tipRows(rows) {
  const grid = element("div", "rows");
  for (const [label, value] of rows) {
    const cell = element("bdi", "value");
    cell.append(...visibleText(value));
    grid.append(element("span", "label", label), cell);
  }
  return grid;
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// Faint, and hidden from screen readers: the marks are not part of the text.
function mark(character) {
  const made = element("span", character === "\t" ? "space tab" : "space", glyph(character));
  made.setAttribute("aria-hidden", "true");
  return made;
}

function glyph(character) {
  if (BIDI_CONTROL.test(character)) {
    return `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
  }
  return MARKS[character] ?? "·";
}

// Whitespace as marks; a line break also breaks the line.
function visibleSpace(space) {
  return [...space].flatMap((character) =>
    character === "\n" ? [mark(character), element("br")] : [mark(character), element("wbr")],
  );
}

function visibleText(text) {
  if (/^\s+$/u.test(text)) return [...text].map(mark);
  const nodes = [];
  let from = 0;
  for (const { 0: run, index } of text.matchAll(MARKED)) {
    if (index > from) nodes.push(document.createTextNode(text.slice(from, index)));
    nodes.push(...visibleSpace(run));
    from = index + run.length;
  }
  if (from < text.length) nodes.push(document.createTextNode(text.slice(from)));
  return nodes;
}

function firstLetter(pieces) {
  for (const piece of pieces) {
    if (piece.kind === "special") continue;
    const letter = piece.text.match(/\p{L}/u);
    if (letter) return letter[0];
  }
  return "";
}

function indexOf(target) {
  const chip = target.closest?.(".chip");
  return chip ? Number(chip.dataset.index) : -1;
}

function activeElement(node) {
  return node.getRootNode().activeElement;
}

function clamp(value, low, high) {
  return Math.max(low, Math.min(value, high));
}

// Of any CSS colour: the browser reads it, we weigh it.
function isDark(colour) {
  const context = document.createElement("canvas").getContext("2d");
  context.fillStyle = colour.trim() || "white";
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128;
}
