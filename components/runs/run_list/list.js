// Draws the list of runs.
//
// Names and facts are untrusted: they only ever become text nodes.

export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  const root = parentElement.querySelector(".runs");
  root.setAttribute("aria-label", data.label);
  const focused = root.contains(root.getRootNode().activeElement)
    ? root.getRootNode().activeElement.dataset.id
    : undefined;
  const choose = (id) =>
    setTriggerValue("chosen", { id, nonce: `${Date.now()}-${Math.random()}` });
  root.replaceChildren(...data.items.map((item) => drawItem(item, choose)));
  // The list is drawn again every few seconds: whoever walks through it by keys stays where they are.
  for (const button of root.querySelectorAll("button")) {
    if (focused !== undefined && button.dataset.id === focused) button.focus();
  }
}

function element(name, className, ...children) {
  const made = document.createElement(name);
  made.className = className;
  made.append(...children);
  return made;
}

function drawItem(item, choose) {
  const icon = element("span", "icon", item.icon);
  icon.setAttribute("aria-hidden", "true");
  const head = element(
    "span",
    "head",
    icon,
    element("span", "name", item.name),
    element("span", "said", item.said),
  );
  const button = element("button", "run", head);
  button.type = "button";
  button.dataset.id = item.id;
  button.dataset.status = item.status;
  button.title = item.name;
  if (item.is_chosen) button.setAttribute("aria-current", "true");
  for (const fact of item.facts) button.append(element("span", "fact", fact));
  if (item.share !== null) {
    const done = element("span", "done");
    done.style.width = `${100 * item.share}%`;
    button.append(element("span", "bar", done));
  }
  button.addEventListener("click", () => choose(item.id));
  const row = element("div", "row", button);
  row.setAttribute("role", "listitem");
  return row;
}
