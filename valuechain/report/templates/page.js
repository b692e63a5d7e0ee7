(function () {
  "use strict";
  // Names come from spreadsheets and are hostile: text enters the page through textContent only, never as HTML.
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  const { words, firms, links, graph } = data;
  const count = firms.id.length;
  graph.nodes = graph.nodes.map(([x, y, size], id) => ({ id, x, y, size }));
  graph.edges = graph.edges.map(([from, to, width], id) => ({ id, from, to, width }));
  const state = { chosen: null, scheme: data.schemes[0] };
  root.classList.add("js");

  // ---- words and numbers

  function fill(text, values) {
    return text.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));
  }

  function number(value) {
    if (value === null || value === undefined) return words.unknown;
    const whole = Math.abs(value) >= 1000 || Number.isInteger(value);
    const form = whole ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 4 };
    return value.toLocaleString(words.locale, form);
  }

  function share(value) {
    if (Math.abs(value) < 1e-9) return "0%";
    if (value > 0 && value < 1e-5) return "<0.001%";
    return (100 * value).toLocaleString(words.locale, { maximumSignificantDigits: 3 }) + "%";
  }

  const OTHERS = { ł: "l", ø: "o", đ: "d", ð: "d", ß: "ss", æ: "ae", œ: "oe", þ: "th", ħ: "h", ı: "i", ŧ: "t", ŋ: "n" };

  function fold(text) {
    const plain = text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
    return plain.replace(/[łøđðßæœþħıŧŋ]/g, (sign) => OTHERS[sign]);
  }

  function label(column, firm) {
    const of = firms[column];
    return of && of.codes[firm] >= 0 ? of.labels[of.codes[firm]] : null;
  }

  // ---- building elements

  function make(tag, options, ...children) {
    const element = document.createElement(tag);
    const { text, attributes, ...rest } = options || {};
    Object.assign(element, rest);
    for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    element.append(...children.filter((child) => child));
    return element;
  }

  function firmButton(firm) {
    const button = make("button", { type: "button", className: "firm-button" }, make("bdi", { className: "line", text: firms.name[firm] }));
    button.addEventListener("click", (event) => {
      event.stopPropagation();
      choose(firm, { reveal: true });
    });
    return button;
  }

  // ---- partners of a firm

  const partners = Array.from({ length: count }, () => ({ suppliers: [], buyers: [] }));
  links.flow.forEach((flow, link) => {
    const [supplier, buyer] = [links.supplier[link], links.buyer[link]];
    if (supplier === buyer) return;
    partners[buyer].suppliers.push({ firm: supplier, link, flow });
    partners[supplier].buyers.push({ firm: buyer, link, flow });
  });
  const ranked = firms.index.map((value, firm) => [value, firm]).filter(([value]) => value !== null);
  ranked.sort((a, b) => b[0] - a[0] || a[1] - b[1]);
  const rank = new Map(ranked.map(([, firm], place) => [firm, place + 1]));

  // ---- the panel

  const LISTED = 60;

  function partnerList(firm, side) {
    const all = partners[firm][side];
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
    if (firms.output) row(words.output, firms.output[firm] === null ? words.unknown : number(firms.output[firm]) + " " + data.unit);
    row(words.sales, number(firms.sales[firm]) + " " + data.unit);
    return list;
  }

  function lossBox(firm) {
    if (firms.index[firm] === null) return null;
    const main = make("p", {}, make("strong", { text: share(firms.index[firm]) }), " " + fill(words.lost, { of: data.of }));
    const parts = fill(words.lost_parts, { down: share(firms.down[firm] || 0), up: share(firms.up[firm] || 0) });
    const place = fill(words.rank, { rank: number(rank.get(firm)), all: number(rank.size) });
    return make("div", { className: "lost" }, main, make("p", { text: parts }), make("p", {}, make("small", { text: place })));
  }

  function singleList(firm) {
    const rows = data.single[firm];
    if (!rows) return null;
    const part = document.createDocumentFragment();
    part.append(make("h3", { text: words.single }));
    const list = make("ul", { className: "plain" });
    for (const [product, buyers, who] of rows) {
      const text = fill(buyers === 1 ? words.single_row_one : words.single_row, { product, count: buyers, buyers: who });
      list.append(make("li", {}, make("span", { text, dir: "auto" })));
    }
    part.append(list);
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
    panel.append(title, ...[id, lossBox(firm), facts(firm), singleList(firm)].filter((e) => e));
    panel.append(partnerList(firm, "suppliers"), partnerList(firm, "buyers"));
    panel.append(actions);
    panel.scrollTop = 0;
  }

  function showStart() {
    const list = byId("start-list");
    for (const firm of data.start) {
      const value = firms.index[firm] !== null ? share(firms.index[firm]) : number(firms.output ? firms.output[firm] : firms.sales[firm]);
      const where = [label("sector", firm), label("country", firm)].filter((t) => t).join(" · ");
      const text = make("div", {}, firmButton(firm), make("small", {}, make("bdi", { className: "line", text: where })));
      list.append(make("li", {}, text, make("span", { className: "amount", text: value })));
    }
    byId("start").append(make("p", { text: words.start }));
  }

  // ---- tables

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
        const name = row && row.querySelector("[data-firm]");
        if (name && !String(window.getSelection())) choose(Number(name.dataset.firm), { reveal: true, focus: true });
      });
    }
    for (const table of document.querySelectorAll("table")) makeSortable(table);
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
      const text = cell.textContent.replace(/[,%]/g, "").trim();
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

  function say(text) {
    byId("status").textContent = text;
  }

  // ---- search

  const FOUND = 12;
  const folded = firms.name.map((name, firm) => [fold(name.slice(0, 300)), fold(firms.id[firm].slice(0, 300))]);

  function find(text) {
    const wanted = fold(text.trim());
    if (!wanted) return [];
    const hits = [];
    folded.forEach(([name, id], firm) => {
      const at = name.indexOf(wanted);
      const inId = id.indexOf(wanted);
      if (at < 0 && inId < 0) return;
      const first = at === 0 || inId === 0 || id === wanted;
      const word = at > 0 && /[\s\-_.,("']/.test(name[at - 1]);
      hits.push([id === wanted ? 0 : first ? 1 : word ? 2 : 3, rank.get(firm) || count, firm]);
    });
    hits.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
    return hits.map((hit) => hit[2]);
  }

  function setUpSearch() {
    const input = byId("search");
    const list = byId("found");
    let active = -1;
    let hits = [];
    const close = () => {
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
      active = -1;
    };
    const move = (to) => {
      active = hits.length ? (to + hits.length) % hits.length : -1;
      [...list.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === active)));
      if (active < 0) return;
      input.setAttribute("aria-activedescendant", list.children[active].id);
      list.children[active].scrollIntoView({ block: "nearest" });
    };
    const take = (place) => {
      const firm = hits[place];
      close();
      if (firm !== undefined) choose(firm, { reveal: true, focus: true });
    };
    const open = () => {
      const all = find(input.value);
      hits = all.slice(0, FOUND);
      list.replaceChildren(
        ...hits.map((firm, place) => {
          const where = [firms.id[firm], label("sector", firm), label("country", firm)].filter((t) => t).join(" · ");
          const text = [make("bdi", { className: "line", text: firms.name[firm] }), make("small", { className: "line", text: where })];
          const item = make("li", { id: "found-" + place, attributes: { role: "option", "aria-selected": "false" } }, ...text);
          item.addEventListener("mousedown", (event) => event.preventDefault());
          item.addEventListener("click", () => take(place));
          return item;
        }),
      );
      active = -1;
      const empty = !input.value.trim();
      if (!empty) say(all.length ? fill(words.found, { count: all.length }) : words.found_none);
      if (!empty && !hits.length) list.append(make("li", { text: words.found_none, attributes: { role: "option", "aria-disabled": "true" } }));
      list.hidden = empty;
      input.setAttribute("aria-expanded", String(!empty));
    };
    input.addEventListener("input", open);
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") list.hidden ? open() : move(active + 1);
      else if (event.key === "ArrowUp") move(active - 1);
      else if (event.key === "Enter" && hits.length && !list.hidden) take(Math.max(active, 0));
      else if (event.key === "Escape" && !list.hidden) close();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }

  // ---- the drawing

  const FADED = 0.18;
  const FADED_LINK = 0.07;
  const LABELS = 260;
  const SUPPLIER = "#0b6e99";
  const BUYER = "#b3541e";
  let drawing = null;
  const byImportance = [...Array(count).keys()].sort((a, b) => {
    const size = graph.nodes[b].size - graph.nodes[a].size;
    return (rank.get(a) || count) - (rank.get(b) || count) || size || a - b;
  });

  function colour(firm) {
    const fillColour = state.scheme.palette[state.scheme.codes[firm]];
    return { background: fillColour, border: "#3d4653" };
  }

  function draw() {
    const container = byId("graph");
    if (!document.createElement("canvas").getContext("2d")) throw new Error("no canvas");
    const drawnNodes = new vis.DataSet(graph.nodes.map((node) => ({ ...node, color: colour(node.id) })));
    const drawnEdges = new vis.DataSet(graph.edges);
    const heavy = graph.edges.length > 3000;
    const options = graph.options;
    options.interaction.hideEdgesOnDrag = heavy;
    options.interaction.hideEdgesOnZoom = heavy;
    const network = new vis.Network(container, { nodes: drawnNodes, edges: drawnEdges }, options);
    for (const element of container.querySelectorAll("[tabindex]")) element.tabIndex = -1;
    network.on("click", (event) => choose(event.nodes.length ? event.nodes[0] : null));
    network.on("afterDrawing", (context) => drawNames(network, context));
    container.addEventListener("keydown", (event) => steer(network, event));
    const home = () => network.fit({ animation: false, minZoomLevel: 0.02, maxZoomLevel: 1.6 });
    const zoom = (by) => network.moveTo({ scale: Math.min(8, Math.max(0.05, network.getScale() * by)) });
    byId("reset").addEventListener("click", home);
    byId("zoom-in").addEventListener("click", () => zoom(1.3));
    byId("zoom-out").addEventListener("click", () => zoom(1 / 1.3));
    home();
    drawing = { network, nodes: drawnNodes, edges: drawnEdges, zoom, home, added: [], pairs: pairsOf(graph.edges) };
  }

  function pairsOf(edges) {
    return new Map(edges.map((edge, id) => [edge.from * count + edge.to, id]));
  }

  // Names keep their size on the screen; the most critical firms come first, and no name covers another.
  function drawNames(network, context) {
    const scale = network.getScale();
    const font = 12 / scale;
    const corner = network.DOMtoCanvas({ x: 0, y: 0 });
    const end = network.DOMtoCanvas({ x: context.canvas.clientWidth, y: context.canvas.clientHeight });
    const near = state.chosen === null ? null : neighbours(state.chosen);
    const limit = Math.round(Math.max(5, (context.canvas.clientWidth * context.canvas.clientHeight) / 42000) * Math.max(1, scale * 1.6));
    const order = near ? [state.chosen, ...byImportance.filter((firm) => near.has(firm) && firm !== state.chosen)] : byImportance;
    const taken = [];
    context.font = `500 ${font}px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "top";
    context.lineJoin = "round";
    for (const firm of order.slice(0, LABELS)) {
      if (taken.length >= limit) break;
      const node = graph.nodes[firm];
      const y = node.y + node.size + 3 / scale;
      if (node.x < corner.x || node.x > end.x || y < corner.y || y + font > end.y) continue;
      const text = brief(firms.name[firm]);
      const half = context.measureText(text).width / 2;
      const x = Math.min(Math.max(node.x, corner.x + half), Math.max(end.x - half, corner.x + half));
      const box = [x - half - 3 / scale, y - 1 / scale, x + half + 3 / scale, y + 1.2 * font];
      if (taken.some((t) => box[0] < t[2] && t[0] < box[2] && box[1] < t[3] && t[1] < box[3])) continue;
      taken.push(box);
      context.lineWidth = 3.5 / scale;
      context.strokeStyle = "rgba(255,255,255,0.92)";
      context.strokeText(text, x, y);
      context.fillStyle = "#1b2430";
      context.fillText(text, x, y);
    }
  }

  const briefs = new Map();

  function brief(name) {
    if (!briefs.has(name)) {
      const line = name.slice(0, 120).replace(/\s+/g, " ").trim();
      const signs = [...line];
      briefs.set(name, signs.length > 26 ? signs.slice(0, 25).join("").trimEnd() + "…" : line);
    }
    return briefs.get(name);
  }

  function neighbours(firm) {
    const near = new Set([firm]);
    for (const side of ["suppliers", "buyers"]) for (const { firm: other } of partners[firm][side]) near.add(other);
    return near;
  }

  function steer(network, event) {
    const step = 60 / network.getScale();
    const { x, y } = network.getViewPosition();
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (moves[event.key]) network.moveTo({ position: { x: x + moves[event.key][0], y: y + moves[event.key][1] } });
    else if (event.key === "+" || event.key === "=") drawing.zoom(1.3);
    else if (event.key === "-") drawing.zoom(1 / 1.3);
    else if (event.key === "0") drawing.home();
    else if (event.key === "Enter") choose(nearest(x, y));
    else return;
    event.preventDefault();
  }

  function nearest(x, y) {
    let best = null;
    let least = Infinity;
    graph.nodes.forEach((node, firm) => {
      const distance = Math.hypot(node.x - x, node.y - y);
      if (distance < least) [best, least] = [firm, distance];
    });
    return best;
  }

  function paintAll() {
    if (!drawing) return;
    const near = state.chosen === null ? null : neighbours(state.chosen);
    drawing.nodes.update(graph.nodes.map((_, id) => paint(id, near)));
  }

  function paint(id, near) {
    const isChosen = id === state.chosen;
    const border = isChosen ? "#000000" : "#3d4653";
    return { id, color: { ...colour(id), border }, borderWidth: isChosen ? 3 : 1, opacity: near && !near.has(id) ? FADED : 1 };
  }

  function paintLinks(firm) {
    if (!drawing) return;
    drawing.edges.remove(drawing.added);
    const { color, arrows } = graph.options.edges;
    const quiet = { color: { ...color, opacity: firm === null ? color.opacity : FADED_LINK }, arrows };
    const changed = new Map();
    const added = [];
    if (firm !== null) {
      const strong = (id, from, to, width) => {
        const shade = to === firm ? SUPPLIER : BUYER;
        return { id, from, to, width: Math.max(width, 1.4), color: { color: shade, opacity: 0.85 }, arrows: { to: { enabled: true } } };
      };
      const seen = new Set();
      for (const [side, incoming] of [["suppliers", true], ["buyers", false]]) {
        for (const { firm: other } of partners[firm][side]) {
          const [from, to] = incoming ? [other, firm] : [firm, other];
          const pair = from * count + to;
          if (seen.has(pair)) continue;
          seen.add(pair);
          const id = drawing.pairs.get(pair);
          if (id === undefined) added.push(strong("more-" + pair, from, to, 0.5));
          else changed.set(id, strong(id, from, to, graph.edges[id].width));
        }
      }
    }
    drawing.added = added.map((edge) => edge.id);
    drawing.edges.update([...graph.edges.map((edge) => changed.get(edge.id) || { ...edge, ...quiet }), ...added]);
  }

  // ---- choosing a firm and a scheme

  function choose(firm, { reveal = false, focus = false } = {}) {
    const changed = firm !== state.chosen;
    state.chosen = firm;
    if (changed) {
      showPanel(firm);
      markRows(firm);
      paintLinks(firm);
      paintAll();
    }
    if (firm === null) return;
    say(fill(words.chosen, { name: brief(firms.name[firm]) }));
    if (reveal && drawing) bringIntoView(firm);
    if (focus) {
      document.querySelector(".work").scrollIntoView({ block: "nearest" });
      byId("firm-title").focus({ preventScroll: true });
      const box = byId("firm-title").getBoundingClientRect();
      if (box.top < 0 || box.bottom > window.innerHeight) byId("firm-title").scrollIntoView({ block: "center" });
    }
  }

  function bringIntoView(firm) {
    const { network } = drawing;
    const container = byId("graph");
    const at = network.canvasToDOM(graph.nodes[firm]);
    const edge = 40;
    const isSeen = at.x > edge && at.y > edge && at.x < container.clientWidth - edge && at.y < container.clientHeight - edge;
    if (!isSeen) network.moveTo({ position: { x: graph.nodes[firm].x, y: graph.nodes[firm].y } });
  }

  function setUpSchemes() {
    const legends = [...document.querySelectorAll(".legend[data-scheme]")];
    const show = (key) => {
      state.scheme = data.schemes.find((scheme) => scheme.key === key) || data.schemes[0];
      for (const legend of legends) legend.hidden = legend.dataset.scheme !== state.scheme.key;
      paintAll();
    };
    for (const input of document.querySelectorAll("input[name=scheme]")) {
      input.addEventListener("change", () => show(input.value));
    }
    const checked = document.querySelector("input[name=scheme]:checked");
    show(checked ? checked.value : state.scheme.key);
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && state.chosen !== null) choose(null);
  });

  setUpTables();
  showStart();
  showPanel(null);
  setUpSearch();
  try {
    draw();
  } catch (error) {
    drawing = null;
    root.classList.add("no-canvas");
    byId("graph-failed").hidden = false;
  }
  setUpSchemes();
  root.dataset.ready = "true";
})();
