// What is known of the chosen firm, in words.
const LISTED = 60;
const ALTERNATIVES = 6;

function firmButton(firm) {
  const button = make("button", { type: "button", className: "firm-button" }, make("bdi", { className: "line", text: firms.name[firm] }));
  button.addEventListener("click", (event) => {
    event.stopPropagation();
    choose(firm, { reveal: true });
  });
  return button;
}

function partnerList(firm, side) {
  const all = partnersOf(firm, side);
  const part = document.createDocumentFragment();
  const distinct = new Set(all.map((p) => p.firm)).size;
  const title = make("h3", {}, make("span", { className: "tag " + side.slice(0, -1) }), words[side] + " (" + number(firms[side][firm]) + ")");
  part.append(title);
  if (!all.length) {
    part.append(make("p", { text: firms[side][firm] ? fill(words.partly, { shown: 0, all: firms[side][firm] }) : words.none }));
    return part;
  }
  const list = make("ul", { className: "plain" });
  for (const { firm: other, link, flow } of all.slice(0, LISTED)) {
    const product = make("small", {}, make("bdi", { className: "line", text: data.products[links.product[link]] }));
    list.append(make("li", {}, make("div", {}, firmButton(other), product), make("span", { className: "amount", text: number(flow) })));
  }
  part.append(list);
  if (all.length > LISTED) part.append(make("p", { text: fill(words.more, { count: number(all.length - LISTED) }) }));
  if (distinct < firms[side][firm]) part.append(make("p", { text: fill(words.partly, { shown: number(distinct), all: number(firms[side][firm]) }) }));
  return part;
}

function facts(firm) {
  const list = make("dl", { className: "facts" });
  const row = (name, value) => list.append(make("div", {}, make("dt", { text: name }), make("dd", { text: value, dir: "auto" })));
  for (const column of ["sector", "country", "region"]) {
    if (firms[column]) row(words[column], label(column, firm) || words.unknown);
  }
  const own = (clustersOf.get(firm) || []).map((cluster) => clusters.names[cluster]);
  if (own.length) row(words.cluster, own.join(", "));
  if (firms.output) row(words.output, Number.isNaN(firms.output[firm]) ? words.unknown : number(firms.output[firm]) + " " + data.unit);
  row(words.sales, number(firms.sales[firm]) + " " + data.unit);
  return list;
}

function lossBox(firm) {
  if (!firms.index || Number.isNaN(firms.index[firm])) return null;
  const main = make("p", {}, make("strong", { text: share(firms.index[firm]) }), " " + fill(words.lost, { of: data.of }));
  const parts = fill(words.lost_parts, { down: share(firms.down[firm] || 0), up: share(firms.up[firm] || 0) });
  const place = isMarket(firm) ? words.market : fill(words.rank, { rank: number(rank.get(firm)), all: number(rank.size) });
  return make("div", { className: "lost" }, main, make("p", { text: parts }), make("p", {}, make("small", { text: place })));
}

function whoText(who) {
  if (!Array.isArray(who)) return who;
  const named = who.filter((firm) => firm >= 0).map((firm) => firms.name[firm]).join("; ");
  const more = who[who.length - 1];
  return more < 0 ? named + " " + fill(words.more_sellers, { count: number(-more) }) : named;
}

function singleList(firm) {
  const rows = singleOf.get(firm);
  if (!rows) return null;
  const part = document.createDocumentFragment();
  part.append(make("h3", { text: words.single }));
  const list = make("ul", { className: "plain" });
  for (const row of rows) {
    const [product, buyers, who] = [data.products[single.product[row]], single.buyers[row], whoText(data.single.who[row])];
    const said = who === undefined ? words.single_row_count : buyers === 1 ? words.single_row_one : words.single_row;
    const text = fill(said, { product, count: number(buyers), buyers: who });
    list.append(make("li", {}, make("span", { text, dir: "auto" })));
  }
  part.append(list);
  return part;
}


function spareText(firm) {
  const spare = firms.spare[firm];
  if (Number.isNaN(spare)) return words.spare_unknown;
  return spare > 0 ? fill(words.spare, { amount: number(spare) }) : words.spare_none;
}

// Those with spare capacity first, the most first; then those of which it is not known, by what they sell; the full last.
function withRoomFirst(sellers) {
  if (!firms.spare) return sellers;
  const group = (firm) => (firms.spare[firm] > 0 ? 0 : Number.isNaN(firms.spare[firm]) ? 1 : 2);
  return sellers.sort(([a, sold], [b, other]) => group(a) - group(b) || (group(a) === 0 ? firms.spare[b] - firms.spare[a] : 0) || other - sold || a - b);
}

// Who else supplies what this firm supplies: other suppliers in the network, by what they sell of it.
function alternatives(firm) {
  const products = [...new Set(links.product.subarray(firstSale[firm], firstSale[firm + 1]))];
  if (!products.length) return null;
  const part = document.createDocumentFragment();
  part.append(make("h3", { text: words.alternatives }), make("p", { className: "soft", text: firms.spare ? words.alternatives_spare : words.alternatives_note }));
  for (const product of products.slice(0, 8)) {
    const others = withRoomFirst(sellersOf(product).filter(([other]) => other !== firm));
    const name = make("p", { className: "product" }, make("bdi", { className: "line", text: data.products[product] }));
    part.append(name);
    if (!others.length) {
      part.append(make("p", { className: "alone", text: words.no_alternative }));
      continue;
    }
    const list = make("ul", { className: "plain" });
    for (const [other, flow] of others.slice(0, ALTERNATIVES)) {
      const amount = make("span", { className: "amount", text: number(flow) });
      if (firms.spare) amount.append(make("small", { text: spareText(other) }));
      list.append(make("li", {}, make("div", {}, firmButton(other)), amount));
    }
    part.append(list);
    if (others.length > ALTERNATIVES) part.append(make("p", { className: "soft", text: fill(words.more_sellers, { count: number(others.length - ALTERNATIVES) }) }));
  }
  return part;
}

function showPanel(firm) {
  const panel = byId("panel");
  panel.replaceChildren();
  byId("start").hidden = firm !== null;
  panel.hidden = firm === null;
  if (firm === null) return;
  const title = make("h2", { text: firms.name[firm], tabIndex: -1, dir: "auto", id: "firm-title" });
  const close = make("button", { type: "button", className: "action", text: words.close });
  close.addEventListener("click", () => {
    choose(null);
    byId("search").focus();
  });
  const actions = make("div", { className: "top" });
  const row = rowsOf.get(firm);
  if (row) {
    const show = make("button", { type: "button", className: "action", text: words.to_row });
    show.addEventListener("click", () => {
      row[0].scrollIntoView({ block: "center" });
      const button = row[0].querySelector("button");
      if (button) button.focus({ preventScroll: true });
    });
    actions.append(show);
  }
  actions.append(close);
  const id = firms.id[firm] === firms.name[firm] ? null : make("small", { text: firms.id[firm], dir: "auto" });
  panel.append(title, ...[id, actions, lossBox(firm), facts(firm), data.partners && partnerLists(firm), impactBox(firm), singleList(firm)].filter((e) => e));
  panel.append(...[alternatives(firm)].filter((e) => e), partnerList(firm, "suppliers"), partnerList(firm, "buyers"));
  panel.scrollTop = 0;
}

function showStart() {
  const list = byId("start-list");
  for (const firm of data.start) {
    const value = firms.index && !Number.isNaN(firms.index[firm]) ? share(firms.index[firm]) : number(firms.output ? firms.output[firm] : firms.sales[firm]);
    const where = [label("sector", firm), label("country", firm)].filter((t) => t).join(" · ");
    const text = make("div", {}, firmButton(firm), make("small", {}, make("bdi", { className: "line", text: where })));
    list.append(make("li", {}, text, make("span", { className: "amount", text: value })));
  }
  byId("start").append(make("p", { text: words.start }));
}
