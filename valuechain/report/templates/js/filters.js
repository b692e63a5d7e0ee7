// Filters: which firms and links are drawn. Tables keep all their rows.
function setUpFilters() {
  const offer = (id, options) => {
    const select = byId(id);
    if (!select) return;
    if (options.length < 2) {
      select.closest("label").hidden = true;
      return;
    }
    for (const [value, text] of options) select.append(make("option", { value: String(value), text: brief(text) }));
    select.addEventListener("change", () => setFilter(id.replace("filter-", ""), select.value));
  };
  const sorted = (pairs) => pairs.sort((a, b) => a[1].localeCompare(b[1], words.locale) || a[0] - b[0]);
  offer("filter-cluster", clusters ? sorted(clusters.names.map((name, k) => [k, name])) : []);
  offer("filter-country", firms.country ? sorted(firms.country.labels.map((name, k) => [k, name])) : []);
  const used = [...new Set(links.product)];
  offer("filter-product", sorted(used.map((k) => [k, data.products[k]])));
  const least = byId("filter-least");
  least.addEventListener("change", () => setFilter("least", least.value));
  byId("filter-none").addEventListener("click", () => {
    Object.assign(state.filters, { cluster: "", country: "", product: "", least: 0 });
    applyFilters();
    byId("filters").querySelector("select, input").focus();
  });
}

// What a person types: "1,000.5", "1 000,5" and "1.000,5" are all the same where the language writes it so.
function typed(text) {
  const close = text.trim().replace(/[\s\u00a0]+/g, words.thousands.trim() ? "" : words.thousands);
  const [group, point] = [words.thousands, words.decimal].map((sign) => sign.replace(/[.]/g, "\\."));
  const grouped = new RegExp(`^\\d{1,3}(${group}\\d{3})+(${point}\\d*)?$`).test(close);
  return Number((grouped ? close.split(words.thousands).join("") : close).replace(",", "."));
}

function setFilter(name, value) {
  if (name === "least") {
    const amount = value.trim() ? typed(value) : 0;
    const understood = Number.isFinite(amount) && amount >= 0;
    byId("filter-least").setAttribute("aria-invalid", String(!understood));
    if (!understood) {
      byId("filter-kept").textContent = fill(words.not_a_number, { text: brief(value) });
      say(byId("filter-kept").textContent);
      return;
    }
    state.filters.least = amount;
  } else state.filters[name] = value;
  applyFilters();
}

function keepFirms() {
  const { cluster, country, product, least } = state.filters;
  scene.kept.fill(1);
  if (cluster !== "") for (let firm = 0; firm < count; firm++) if (!(clustersOf.get(firm) || []).includes(Number(cluster))) scene.kept[firm] = 0;
  if (country !== "") for (let firm = 0; firm < count; firm++) if (firms.country.codes[firm] !== Number(country)) scene.kept[firm] = 0;
  if (product === "" && least === 0) return;
  const trading = new Uint8Array(count);
  for (let link = 0; link < linkCount; link++) {
    const [a, b] = [links.supplier[link], links.buyer[link]];
    if (scene.kept[a] && scene.kept[b] && isKeptLink(link)) trading[a] = trading[b] = 1;
  }
  for (let firm = 0; firm < count; firm++) scene.kept[firm] &= trading[firm];
}

function applyFilters({ quiet = false } = {}) {
  for (const name of ["cluster", "country", "product"]) if (byId("filter-" + name)) byId("filter-" + name).value = state.filters[name];
  byId("filter-least").value = state.filters.least ? String(state.filters.least) : "";
  byId("filter-least").setAttribute("aria-invalid", "false");
  keepFirms();
  if (state.view === "tiers") arrange();
  else {
    baseLines();
    chosenLines();
    tellEmpty();
    if (drawing) {
      drawing.lines();
      drawing.paint();
    }
  }
  const active = Object.values(state.filters).filter((value) => value).length;
  byId("filter-none").hidden = !active;
  byId("filter-count").textContent = active ? ` (${active})` : "";
  if (!quiet) share_state();
}

// A page without any firm left says so, and how to get them back.
function tellEmpty() {
  let kept = 0;
  for (let firm = 0; firm < count; firm++) kept += scene.kept[firm] && scene.placed[firm];
  byId("empty").hidden = kept > 0;
  byId("empty").firstElementChild.textContent = state.view === "map" && !data.map ? words.no_map : words.nothing_left;
  const isCut = kept < count && Object.values(state.filters).some((value) => value);
  byId("filter-kept").textContent = isCut ? fill(words.kept, { count: number(kept), all: number(count) }) : "";
  if (isCut && state.chosen !== null && !scene.kept[state.chosen]) byId("filter-kept").textContent += " " + words.chosen_hidden;
  if (!kept) say(byId("empty").textContent);
}
