// Three ways to place the firms: as a network, by tier upstream of a firm, and on the map.
const TIERS = 6;
const PER_TIER = 34;
let mapShapes = null;
let mapPlaces = null;

function setView(view, { quiet = false } = {}) {
  state.view = view;
  for (const input of document.querySelectorAll("input[name=view]")) input.checked = input.value === state.view;
  arrange();
  if (!quiet) share_state();
}

function arrange() {
  scene.headings = [];
  scene.tiers = null;
  scene.placed.fill(1);
  if (state.view === "tiers") placeTiers();
  else if (state.view === "map") placeOnMap();
  else {
    scene.x.set(firms.x);
    scene.y.set(firms.y);
  }
  tellView();
  baseLines();
  chosenLines();
  tellEmpty();
  if (!drawing) return;
  drawing.place();
  drawing.lines();
  drawing.paint();
  drawing.home();
}

// The firm whose suppliers are shown by tier: the chosen one, or the first of those offered.
function rootFirm() {
  if (state.chosen !== null && scene.kept[state.chosen]) return state.chosen;
  const offered = data.start.find((firm) => scene.kept[firm] && firstPurchase[firm + 1] > firstPurchase[firm]);
  if (offered !== undefined) return offered;
  return byImportance.find((firm) => scene.kept[firm]);
}

function tiersAbove(firm) {
  const tier = new Int16Array(count).fill(-9);
  const weight = new Float64Array(count);
  tier[firm] = 0;
  const found = [[firm]];
  for (let depth = 1; depth <= TIERS && found[depth - 1].length; depth++) {
    const next = [];
    for (const buyer of found[depth - 1]) {
      for (const { firm: seller, link, flow } of partnersOf(buyer, "suppliers")) {
        if (!scene.kept[seller] || !isKeptLink(link) || (tier[seller] >= 0 && tier[seller] < depth)) continue;
        if (tier[seller] < 0) next.push(seller);
        tier[seller] = depth;
        weight[seller] += flow;
      }
    }
    next.sort((a, b) => weight[b] - weight[a] || a - b);
    found.push(next);
  }
  return { tier, found: found.filter((firmsOfTier) => firmsOfTier.length) };
}

function placeTiers() {
  const start = rootFirm();
  scene.placed.fill(0);
  if (start === undefined) return;
  const { tier, found } = tiersAbove(start);
  scene.tiers = tier;
  const tall = Math.max(...found.map((members) => Math.min(members.length, PER_TIER)));
  const step = Math.max(34, 520 / Math.max(1, tall));
  const graph = byId("graph");
  const across = Math.max(150, (tall * step * (graph.clientWidth / Math.max(1, graph.clientHeight || 1) || 1.6)) / Math.max(2, found.length));
  found.forEach((members, depth) => {
    const drawn = members.slice(0, PER_TIER);
    const gap = Math.min(110, (tall * step) / drawn.length);
    drawn.forEach((firm, k) => {
      scene.placed[firm] = 1;
      scene.x[firm] = -depth * across;
      scene.y[firm] = (k - (drawn.length - 1) / 2) * gap;
    });
    const text = depth === 0 ? words.tier_zero : fill(words.tier, { tier: depth, count: number(members.length) });
    scene.headings.push({ x: -depth * across, y: (-tall * step) / 2 - 44, text });
  });
  scene.rootOfTiers = start;
  scene.cutTiers = found.some((members) => members.length > PER_TIER);
}

function tellView() {
  const note = byId("view-note");
  let text = "";
  if (state.view === "tiers") {
    const start = scene.rootOfTiers;
    text = start === undefined ? "" : fill(words.tiers_note, { name: brief(firms.name[start]) });
    if (scene.cutTiers) text += " " + fill(words.tiers_cut, { count: PER_TIER });
  } else if (state.view === "map" && data.map) {
    const { exact, country, missing } = data.map;
    text = [[words.map_exact, exact], [words.map_country, country], [words.map_missing, missing]]
      .filter(([, firmsOfKind]) => firmsOfKind)
      .map(([said, firmsOfKind]) => fill(said, { count: number(firmsOfKind) }))
      .join(" ");
    text += " " + words.map_source;
  }
  note.textContent = text;
  note.hidden = !text;
}

// ---- the map: plate carrée with the middle latitude of the firms kept in shape

function placeOnMap() {
  if (!data.map) {
    scene.placed.fill(0);
    return;
  }
  const { x, y, how } = mapPlaces || (mapPlaces = projected());
  for (let firm = 0; firm < count; firm++) {
    scene.placed[firm] = how[firm] < 2 ? 1 : 0;
    scene.x[firm] = x[firm];
    scene.y[firm] = y[firm];
  }
}

function projected() {
  const map = data.map;
  const how = unpack(map.how);
  const [longitude, latitude] = [new Int16Array(count), new Int16Array(count)];
  const own = [unpack(map.longitude), unpack(map.latitude)];
  let next = 0;
  for (let firm = 0; firm < count; firm++) {
    if (how[firm] > 1) continue;
    const [east, north] = how[firm] ? map.centres[firms.country.codes[firm]] : [own[0][next], own[1][next++]];
    longitude[firm] = east;
    latitude[firm] = north;
  }
  const known = [...Array(count).keys()].filter((firm) => how[firm] < 2);
  const spread = (values) => values.reduce((a, b) => [Math.min(a[0], b), Math.max(a[1], b)], [Infinity, -Infinity]);
  const [south, north] = spread(known.map((firm) => latitude[firm]));
  const [west, east] = spread(known.map((firm) => longitude[firm]));
  const narrow = Math.cos((((south + north) / 2 / map.steps) * Math.PI) / 180);
  const wide = Math.max((east - west) * narrow, (north - south) * 1.5, 3 * map.steps);
  const grow = 1100 / wide;
  const [x, y] = [new Float32Array(count), new Float32Array(count)];
  for (let firm = 0; firm < count; firm++) {
    x[firm] = longitude[firm] * narrow * grow;
    y[firm] = -latitude[firm] * grow;
  }
  spreadOut(known, longitude, latitude, x, y);
  mapShapes = shapesOf(map, narrow * grow, grow);
  return { x, y, how };
}

// Firms at one place stand in a spiral around it, the largest in the middle.
function spreadOut(known, longitude, latitude, x, y) {
  const groups = new Map();
  for (const firm of known) {
    const key = Math.round(longitude[firm] / 9) + "/" + Math.round(latitude[firm] / 9);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(firm);
  }
  for (const members of groups.values()) {
    if (members.length < 2) continue;
    members.sort((a, b) => radius[b] - radius[a] || a - b);
    const [cx, cy] = [members.reduce((sum, firm) => sum + x[firm], 0) / members.length, members.reduce((sum, firm) => sum + y[firm], 0) / members.length];
    const size = Math.min(9, 60 / Math.sqrt(members.length) + 2);
    members.forEach((firm, k) => {
      const away = size * Math.sqrt(k) * 1.15;
      x[firm] = cx + away * Math.cos(k * 2.399963);
      y[firm] = cy + away * Math.sin(k * 2.399963);
    });
  }
}

function shapesOf(map, right, down) {
  const [lengths, first, along] = [unpack(map.lengths), unpack(map.first), unpack(map.along)];
  const path = new Path2D();
  let at = 0;
  lengths.forEach((length, ring) => {
    let [x, y] = [first[2 * ring], first[2 * ring + 1]];
    for (let k = 0; k < length; k++, at += 2) {
      x += along[at];
      y += along[at + 1];
      path[k ? "lineTo" : "moveTo"](x * right, -y * down);
    }
    path.closePath();
  });
  return path;
}
