// Suggested partners: a row opens its card in the panel, and the link it suggests is drawn dashed above all others.
const SUGGESTED = "#8a1c7c";
const BESIDE = 84; // pixels from the rim of a buyer to the circle that stands for a candidate without a place
const terms = data.partners.words;
const membersOf = ({ m }) => m.map((one) => ({
  ...one,
  name: one.c < 0 ? one.name : firms.name[one.c],
  id: one.c < 0 ? one.id : firms.id[one.c],
  productId: productIds[one.p] || "",
}));
const suggestions = data.partners.rows.map((row, k) => ({
  ...row,
  m: membersOf(row),
  table: data.partners.tables[row.t],
  row: document.querySelector(`tr[data-partner="${k}"]`),
  card: document.querySelector(`.proof[data-card="${k}"] dl`),
  rank: document.querySelector(`tr[data-partner="${k}"]`).cells[0].textContent,
  name: membersOf(row).map((one) => one.name).join(" + "),
  candidateId: membersOf(row).map((one) => one.id).join(" + "),
  productId: membersOf(row).map((one) => one.productId).join(" + "),
  buyerName: row.b < 0 ? row.buyer_name : firms.name[row.b],
  buyerId: row.b < 0 ? row.buyer : firms.id[row.b],
}));

function partnerCell(suggestion, column) {
  if (column < 0) return "";
  const cell = suggestion.row.cells[column];
  return (cell.querySelector("bdi") || cell).textContent.trim();
}

function gainOf(suggestion) {
  const [column] = suggestion.table.cut;
  return [partnerCell(suggestion, column), suggestion.table.heads[column][1]].join(" ").trim();
}

// ---- the drawing: between two firms, or from a circle beside the buyer where the candidate has no place in the view

function suggestedLink() {
  const { m, b, more } = suggestions[state.partner];
  const note = byId("partner-note");
  const hasPlace = ({ c }) => c >= 0 && isShown(c);
  if (note) note.textContent = b < 0 || !isShown(b) || !drawing ? terms.no_buyer : (m.every(hasPlace) ? terms.drawn : terms.ghost) + (more ? " " + terms.more : "");
  if (b < 0 || !isShown(b)) return null;
  if (scene.near) for (const { c } of m.filter(hasPlace)) scene.near.add(c);
  const [left, top, right, bottom] = box();
  const [dx, dy] = [(left + right) / 2 - scene.x[b], (top + bottom) / 2 - scene.y[b]];
  // Circles stand towards the middle of the drawing, several of them side by side.
  const middle = Math.hypot(dx, dy) > 1 ? Math.atan2(dy, dx) : -Math.PI / 2;
  const ghosts = m.filter((one) => !hasPlace(one));
  return m.map((one) => {
    const angle = middle + 0.9 * (ghosts.indexOf(one) - (ghosts.length - 1) / 2);
    return { from: hasPlace(one) ? one.c : -1, to: b, text: brief(one.name), towards: [Math.cos(angle), Math.sin(angle)] };
  });
}

function suggestedEnds({ from, to, towards }, { toScreen, sizeOf }) {
  const [x2, y2] = toScreen(scene.x[to], scene.y[to]);
  const r2 = sizeOf(to);
  if (from < 0) return { x1: x2 + towards[0] * (r2 + BESIDE), y1: y2 + towards[1] * (r2 + BESIDE), r1: 8, x2, y2, r2 };
  const [x1, y1] = toScreen(scene.x[from], scene.y[from]);
  return { x1, y1, r1: sizeOf(from) + 3, x2, y2, r2 };
}

function drawSuggested(context, frame, taken) {
  for (const link of scene.suggested) drawSuggestedLink(context, link, frame, taken);
}

function drawSuggestedLink(context, link, frame, taken) {
  const { x1, y1, r1, x2, y2, r2 } = suggestedEnds(link, frame);
  const length = Math.hypot(x2 - x1, y2 - y1) || 1;
  const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
  const line = (colour, width, dash) => {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.setLineDash(dash);
    context.beginPath();
    context.moveTo(x1 + ux * r1, y1 + uy * r1);
    context.lineTo(x2 - ux * (r2 + 7), y2 - uy * (r2 + 7));
    if (length > r1 + r2 + 8) context.stroke();
    context.beginPath();
    context.arc(x1, y1, r1, 0, 2 * Math.PI);
    if (link.from < 0) context.fill();
    context.stroke();
  };
  context.fillStyle = "#ffffff";
  line("rgba(255,255,255,0.9)", 5.5, []);
  line(SUGGESTED, 2.4, [7, 4]);
  context.setLineDash([]);
  context.fillStyle = SUGGESTED;
  drawArrow(context, x1, y1, x2, y2, r2);
  drawText(context, link.text, x1, y1 + r1 + 3, frame.width, taken, true);
}

function suggestedShapes(frame) {
  return scene.suggested.flatMap((link) => linkShapes(link, frame));
}

function linkShapes(link, frame) {
  const { x1, y1, r1, x2, y2, r2 } = suggestedEnds(link, frame);
  const length = Math.hypot(x2 - x1, y2 - y1) || 1;
  const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
  const look = { fill: link.from < 0 ? "#ffffff" : "none", stroke: SUGGESTED, "stroke-width": 2.4, "stroke-dasharray": "7 4" };
  const ends = { x1: x1 + ux * r1, y1: y1 + uy * r1, x2: x2 - ux * (r2 + 1), y2: y2 - uy * (r2 + 1) };
  const name = { x: x1, y: y1 + r1 + 14, fill: SUGGESTED, "text-anchor": "middle" };
  return [shape("line", { ...ends, ...look }), shape("circle", { cx: x1, cy: y1, r: r1, ...look }), shape("text", name, link.text)];
}

function redrawSuggested() {
  chosenLines();
  if (!drawing) return;
  drawing.lines();
  faded = isFading();
  drawing.paint();
  // sigma draws anew only what changed, and this line is none of its own.
  if (drawing.renderer) drawing.renderer.scheduleRender();
}

// ---- the card

function openPartner(k, { focus = false } = {}) {
  const suggestion = suggestions[k];
  choose(suggestion.b < 0 ? null : suggestion.b);
  leavePartner();
  state.partner = k;
  showPartner(suggestion);
  for (const row of document.querySelectorAll("tr.chosen")) row.classList.remove("chosen");
  suggestion.row.classList.add("opened");
  byId("partner-legend").hidden = false;
  redrawSuggested();
  bringBoth();
  share_state();
  say(fill(terms.opened, { rank: suggestion.rank, title: suggestion.title }));
  if (!focus) return;
  document.querySelector(".work").scrollIntoView({ block: "nearest" });
  const title = byId("firm-title");
  title.focus({ preventScroll: true });
  const area = title.getBoundingClientRect();
  if (area.top < 0 || area.bottom > window.innerHeight) title.scrollIntoView({ block: "center" });
}

// Both ends in sight: the whole drawing where one is not.
function bringBoth() {
  if (!drawing || !scene.suggested) return;
  const { clientWidth: width, clientHeight: height } = byId("graph");
  const isOut = (x, y) => x < 20 || y < 20 || x > width - 20 || y > height - 20;
  const ends = scene.suggested.map((link) => suggestedEnds(link, drawing));
  if (ends.some(({ x1, y1, x2, y2 }) => isOut(x1, y1) || isOut(x2, y2))) drawing.home();
}

function leavePartner() {
  state.partner = null;
  scene.suggested = null;
  byId("partner-legend").hidden = true;
  for (const row of document.querySelectorAll("tr.opened")) row.classList.remove("opened");
}

function closePartner() {
  if (state.partner === null) return false;
  leavePartner();
  showPanel(state.chosen);
  markRows(state.chosen);
  redrawSuggested();
  share_state();
  return true;
}

function partnerFacts(suggestion) {
  const { m, b, buyerName, table } = suggestion;
  const list = make("dl", { className: "facts" });
  const row = (term, value) => list.append(make("div", {}, make("dt", { text: term }), make("dd", { dir: "auto" }, value)));
  const firm = (at, text, hint) => (at >= 0 ? firmButton(at) : make("span", {}, make("bdi", { text }), hint ? make("small", { text: ` (${hint})` }) : null));
  const heads = table.heads.map(([head]) => head);
  for (const { c, name, outside, p } of m) {
    const who = firm(c, name, outside ? terms.outside : terms.off_page);
    row(m.length > 1 ? brief(data.products[p] || "") : heads[table.who[0]], who);
  }
  row(heads[table.who[2]], firm(b, buyerName, terms.off_page));
  heads.forEach((head, column) => {
    const text = partnerCell(suggestion, column);
    if (!column || table.cut.includes(column) || table.who.includes(column) || !text) return;
    row(head, [text, table.heads[column][1]].filter((t) => t).join(" "));
  });
  return list;
}

function showPartner(suggestion) {
  const panel = byId("panel");
  byId("start").hidden = true;
  panel.hidden = false;
  const button = (text, act) => {
    const made = make("button", { type: "button", className: "action", text });
    made.addEventListener("click", act);
    return made;
  };
  const show = button(terms.to_row, () => {
    if (suggestion.row.hidden) showList(Object.assign(lists[suggestion.t], { need: "", best: false }));
    suggestion.row.scrollIntoView({ block: "center" });
    suggestion.row.querySelector("button").focus({ preventScroll: true });
  });
  const see = button(terms.show, () => byId("graph").scrollIntoView({ block: "center" }));
  see.classList.add("narrow");
  const close = button(terms.close, () => {
    closePartner();
    const title = byId("firm-title");
    (title || byId("search")).focus();
  });
  const [low, high, own] = suggestion.table.cut.slice(1).map((column) => partnerCell(suggestion, column));
  const gain = make("div", { className: "lost gain" }, make("p", {}, make("strong", { text: gainOf(suggestion) }), " " + terms.cut));
  if (low && high) gain.append(make("p", { text: fill(terms.interval, { low, high }) }));
  const [, , , buyers] = suggestion.table.cut;
  if (own) gain.append(make("p", { text: `${suggestion.table.heads[buyers][0]}: ${own} ${suggestion.table.heads[buyers][1]}`.trim() }));
  const title = make("h2", { text: suggestion.title, tabIndex: -1, dir: "auto", id: "firm-title" });
  const evidence = suggestion.card ? make("div", { className: "proof" }, suggestion.card.cloneNode(true)) : make("p", { className: "soft", text: terms.no_card });
  panel.replaceChildren(title, make("div", { className: "top" }, see, show, close), gain, make("p", { className: "soft", id: "partner-note" }));
  panel.append(partnerFacts(suggestion));
  if (suggestion.m.length > 1) panel.append(make("p", { text: terms.together }));
  else panel.append(make("h3", { text: terms.evidence }), evidence);
  panel.scrollTop = 0;
}

// ---- lists: of a firm's panel, and of the start

function partnerItem(k, text) {
  const suggestion = suggestions[k];
  const button = make("button", { type: "button", className: "firm-button" }, make("bdi", { className: "line", text }));
  button.addEventListener("click", () => openPartner(k, { focus: true }));
  const product = make("small", {}, make("bdi", { className: "line", text: partnerCell(suggestion, suggestion.table.who[1]) }));
  return make("li", {}, make("div", {}, button, product), make("span", { className: "amount", text: partnerCell(suggestion, suggestion.table.cut[0]) }));
}

function partnerLists(firm) {
  const part = document.createDocumentFragment();
  const isBuyer = ({ b }) => b === firm;
  const isCandidate = ({ m }) => m.some(({ c }) => c === firm);
  for (const [is, title, other] of [[isBuyer, terms.receives, "name"], [isCandidate, terms.gives, "buyerName"]]) {
    const found = [...suggestions.keys()].filter((k) => is(suggestions[k]));
    if (!found.length) continue;
    const { table } = suggestions[found[0]];
    const note = make("p", { className: "soft", text: fill(terms.note, { unit: table.heads[table.cut[0]][1] }) });
    part.append(make("h3", { text: `${title} (${number(found.length)})` }), note);
    part.append(make("ul", { className: "plain" }, ...found.map((k) => partnerItem(k, suggestions[k][other]))));
  }
  return part;
}

// ---- filters of a list: one need, only efficient candidates

const lists = data.partners.tables.map((_, t) => ({ t, need: "", best: false }));
const needOf = ({ productId, buyerId }) => (productId + " > " + buyerId).slice(0, 600);

function showList(list) {
  const bar = document.querySelectorAll("[data-list]")[list.t];
  const own = suggestions.filter((s) => s.t === list.t);
  for (const s of own) s.row.hidden = (list.need !== "" && needOf(s) !== list.need) || (list.best && !s.best);
  const left = own.filter((s) => !s.row.hidden).length;
  bar.querySelector("select").value = list.need;
  bar.querySelector("input").checked = list.best;
  bar.querySelector("span").textContent = left < own.length ? fill(terms.kept, { count: number(left), all: number(own.length) }) : "";
}

function setUpList(list) {
  const bar = document.querySelectorAll("[data-list]")[list.t];
  const [select, tick] = [bar.querySelector("select"), bar.querySelector("input")];
  const needs = new Map();
  for (const s of suggestions) if (s.t === list.t) needs.set(needOf(s), [...(needs.get(needOf(s)) || []), s]);
  for (const [need, found] of needs) {
    const said = { product: brief(partnerCell(found[0], found[0].table.who[1])), buyer: brief(found[0].buyerName), count: number(found.length) };
    select.append(make("option", { value: need, text: fill(terms.need, said) }));
  }
  bar.hidden = needs.size < 2 && suggestions.every((s) => s.t !== list.t || s.best);
  const change = () => {
    Object.assign(list, { need: select.value, best: tick.checked });
    showList(list);
    say(bar.querySelector("span").textContent);
    share_state();
  };
  select.addEventListener("change", change);
  tick.addEventListener("change", change);
}

function setUpPartners() {
  lists.forEach(setUpList);
  suggestions.forEach((suggestion, k) => {
    const cell = suggestion.row.cells[0];
    const button = make("button", { type: "button", className: "open", text: suggestion.rank, attributes: { "aria-label": fill(terms.open, { rank: suggestion.rank }) } });
    button.addEventListener("click", (event) => {
      event.stopPropagation();
      openPartner(k, { focus: true });
    });
    cell.replaceChildren(button);
  });
  const list = make("ol", { className: "plain" }, ...suggestions.slice(0, 5).map((s, k) => partnerItem(k, `${s.name} → ${s.buyerName}`)));
  const { table } = suggestions[0];
  const note = make("p", { className: "soft", text: fill(terms.note, { unit: table.heads[table.cut[0]][1] }) });
  byId("start").append(make("h2", { className: "later-list", text: terms.start }), note, list);
}

// ---- the address: ids of candidate, product and buyer

function shareLists(said) {
  for (const { t, need, best } of lists) {
    if (need) said.set("need" + (t || ""), need);
    if (best) said.set("efficient" + (t || ""), "1");
  }
}

function sharePartner(said) {
  const { candidateId, buyerId, productId } = suggestions[state.partner];
  for (const [key, id] of [["partner", candidateId], ["product-of", productId], ["buyer", buyerId]]) said.set(key, id.slice(0, 300));
}

function restorePartner(said) {
  for (const list of lists) {
    const asked = said.get("need" + (list.t || ""));
    list.need = suggestions.some((s) => s.t === list.t && needOf(s) === asked) ? asked : "";
    list.best = said.get("efficient" + (list.t || "")) === "1";
    showList(list);
  }
  const is = (id, key) => id.slice(0, 300) === said.get(key);
  const k = suggestions.findIndex((s) => is(s.candidateId, "partner") && is(s.buyerId, "buyer") && is(s.productId, "product-of"));
  if (k >= 0) openPartner(k);
  else closePartner();
}
