// Ranked tables, made by Python: linked with the drawing both ways, sortable, to be saved as CSV.
const rowsOf = new Map();

function setUpTables() {
  for (const name of document.querySelectorAll("td bdi[data-firm]")) {
    const firm = Number(name.dataset.firm);
    const row = name.closest("tr");
    if (!rowsOf.has(firm)) rowsOf.set(firm, []);
    rowsOf.get(firm).push(row);
    const button = make("button", { type: "button", className: "firm-button" });
    name.replaceWith(button);
    button.append(name);
    button.addEventListener("click", (event) => {
      event.stopPropagation();
      choose(firm, { reveal: true, focus: true });
    });
  }
  for (const body of document.querySelectorAll("tbody")) {
    body.addEventListener("click", (event) => {
      const row = event.target.closest("tr");
      if (row && row.dataset.partner && !String(window.getSelection())) return openPartner(Number(row.dataset.partner), { focus: true });
      const name = row && row.querySelector("[data-firm]");
      if (name && !String(window.getSelection())) choose(Number(name.dataset.firm), { reveal: true, focus: true });
    });
  }
  for (const table of document.querySelectorAll("table")) {
    makeSortable(table);
    const button = table.closest("section").querySelector("button.csv");
    if (button) button.addEventListener("click", () => saveTable(table));
  }
}

function makeSortable(table) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = make("button", { type: "button" });
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => sortBy(table, heads, column));
  });
}

function sortBy(table, heads, column) {
  const numeric = heads[column].classList.contains("number") || heads[column].classList.contains("share");
  const before = heads[column].getAttribute("aria-sort");
  const down = before ? before === "ascending" : numeric;
  const key = (row) => {
    const cell = row.cells[column];
    if (!numeric) return fold(cell.textContent.trim());
    const text = plainNumber(cell.textContent);
    return text === "" ? null : text.startsWith("<") ? Number(text.slice(1)) / 2 : Number(text);
  };
  const missing = (value) => value === null || value === "";
  const keyed = [...table.tBodies[0].rows].map((row) => [key(row), row]);
  keyed.sort(([a], [b]) => {
    if (missing(a) || missing(b)) return Number(missing(a)) - Number(missing(b));
    const order = numeric ? a - b : a < b ? -1 : a > b ? 1 : 0;
    return down ? -order : order;
  });
  table.tBodies[0].append(...keyed.map(([, row]) => row));
  for (const head of heads) head.removeAttribute("aria-sort");
  heads[column].setAttribute("aria-sort", down ? "descending" : "ascending");
  say(fill(words.sorted, { column: heads[column].textContent.trim(), direction: down ? words.descending : words.ascending }));
}

function markRows(firm) {
  for (const row of document.querySelectorAll("tr.chosen")) row.classList.remove("chosen");
  for (const row of rowsOf.get(firm) || []) row.classList.add("chosen");
}


// A number as the language writes it, as a program reads it; "<0.001%" keeps its sign.
function plainNumber(text) {
  return text.split(words.thousands).join("").replace("%", "").replace(words.decimal, ".").trim();
}
