// What is to be drawn, whoever draws it: places, looks and lines. Renderers read this and keep nothing of their own.
const FADED = 0.16;
const SUPPLIER = "#0b6e99";
const BUYER = "#b3541e";
const LINK = "#8a97a8";
const RIM = "#3d4653";
const QUIET = "#e4e8ed";

const state = {
  chosen: null,
  scheme: data.schemes[0],
  view: "network",
  filters: { cluster: "", country: "", product: "", least: 0 },
  overlay: null, // "fail" or "day": what colours firms instead of the scheme
  partner: null, // number of the suggestion that is open
};

const scene = {
  x: Float32Array.from(firms.x),
  y: Float32Array.from(firms.y),
  kept: new Uint8Array(count).fill(1), // passes the filters
  placed: new Uint8Array(count).fill(1), // has a place in this view
  keptLinks: null, // null: all
  headings: [], // names of columns: {x, y, text}
  tiers: null,
  near: null,
  lines: [],
  extra: [],
  overlay: null, // {colour(firm)} while a failure or a day is shown
  suggested: null, // the link of the suggestion that is open
};

const fades = count <= 5000;

// Others fade beside a chosen firm, but not while losses or tiers are looked at.
function isFading() {
  return fades && scene.near !== null && !scene.overlay && !scene.tiers && isShown(state.chosen);
}

function sizeOfFirm(firm) {
  return radius[firm] * (state.view === "map" ? 0.62 : 1);
}

function isShown(firm) {
  return scene.kept[firm] === 1 && scene.placed[firm] === 1;
}

function colourOf(firm) {
  if (scene.overlay) return scene.overlay.colour(firm);
  const { palette, codes } = state.scheme;
  return palette[Math.min(codes[firm], palette.length - 1)];
}

function lossColour(lost) {
  const { palette } = data.steps;
  return lost < 0.002 ? QUIET : palette[Math.min(palette.length - 1, Math.round(lost * (palette.length - 1)))];
}

function mix(colour, part) {
  const read = (k) => parseInt(colour.slice(k, k + 2), 16);
  return "#" + [1, 3, 5].map((k) => Math.round(255 + (read(k) - 255) * part).toString(16).padStart(2, "0")).join("");
}

function shade(colour, part) {
  return "#" + [1, 3, 5].map((k) => Math.round(parseInt(colour.slice(k, k + 2), 16) * part).toString(16).padStart(2, "0")).join("");
}

const lookCache = new Map();

// The look of a firm: fill, rim, width of the rim. Faded ones are mixed with the white behind them.
function lookOf(firm) {
  const chosen = firm === state.chosen;
  const far = isFading() && !scene.near.has(firm);
  const fillColour = colourOf(firm);
  const key = fillColour + (chosen ? "c" : far ? "f" : "n");
  let look = lookCache.get(key);
  if (!look) {
    if (lookCache.size > 5000) lookCache.clear();
    look = far
      ? { fill: mix(fillColour, FADED), rim: mix(RIM, 0.2), wide: 1, far: true }
      : { fill: fillColour, rim: chosen ? "#000000" : RIM, wide: chosen ? 3 : 1, far: false };
    lookCache.set(key, look);
  }
  return look;
}

// ---- lines: one for all products of a pair, the heaviest of those that filters keep

function isKeptLink(link) {
  const { product, least } = state.filters;
  return (product === "" || links.product[link] === Number(product)) && links.flow[link] >= least;
}

function mergedPairs(keep) {
  const from = [];
  const to = [];
  const flow = [];
  for (let link = 0; link < linkCount; link++) {
    const [a, b] = [links.supplier[link], links.buyer[link]];
    if (a === b || !keep(link, a, b)) continue;
    const last = from.length - 1;
    if (last >= 0 && from[last] === a && to[last] === b) flow[last] += links.flow[link];
    else {
      from.push(a);
      to.push(b);
      flow.push(links.flow[link]);
    }
  }
  return { from, to, flow };
}

function heaviest({ from, to, flow }, most) {
  let top = 0;
  for (const value of flow) top = Math.max(top, value);
  let least = -1;
  if (flow.length > most) least = Float64Array.from(flow).sort()[flow.length - most];
  const lines = [];
  for (let k = 0; k < flow.length && lines.length < most; k++) {
    if (flow[k] < least) continue;
    lines.push({ from: from[k], to: to[k], width: 0.5 + 3.5 * Math.sqrt(top > 0 ? flow[k] / top : 0), flow: flow[k] });
  }
  return lines.sort((a, b) => a.flow - b.flow || a.from - b.from || a.to - b.to);
}

function baseLines() {
  const tier = scene.tiers;
  const keep = (link, a, b) => isShown(a) && isShown(b) && isKeptLink(link) && (!tier || tier[a] === tier[b] + 1);
  scene.lines = heaviest(mergedPairs(keep), data.links.lines);
}

// The chosen firm's own lines stand on top, by direction.
function chosenLines() {
  scene.near = state.chosen === null ? null : neighbours(state.chosen);
  scene.suggested = state.partner === null ? null : suggestedLink();
  scene.extra = [];
  if (state.chosen === null || !isShown(state.chosen)) return;
  const seen = new Set();
  for (const [side, incoming] of [["suppliers", true], ["buyers", false]]) {
    for (const { firm: other, link } of partnersOf(state.chosen, side)) {
      const [from, to] = incoming ? [other, state.chosen] : [state.chosen, other];
      if (seen.has(from * count + to) || !isShown(other) || !isKeptLink(link)) continue;
      seen.add(from * count + to);
      scene.extra.push({ from, to, width: 1.6, colour: incoming ? SUPPLIER : BUYER });
    }
  }
}

function box() {
  const found = [Infinity, Infinity, -Infinity, -Infinity];
  for (let firm = 0; firm < count; firm++) {
    if (!scene.placed[firm]) continue;
    const r = sizeOfFirm(firm);
    found[0] = Math.min(found[0], scene.x[firm] - r);
    found[1] = Math.min(found[1], scene.y[firm] - r);
    found[2] = Math.max(found[2], scene.x[firm] + r);
    found[3] = Math.max(found[3], scene.y[firm] + r);
  }
  for (const { x, y } of scene.headings) {
    found[0] = Math.min(found[0], x - 60);
    found[1] = Math.min(found[1], y - 30);
    found[2] = Math.max(found[2], x + 60);
  }
  return Number.isFinite(found[0]) ? found : [-100, -100, 100, 100];
}

// The firm nearest to a place; ``within`` this distance of its rim, where given.
function nearest(x, y, within, sizeOf = sizeOfFirm) {
  let best = null;
  let least = within === undefined ? Infinity : within;
  for (let firm = 0; firm < count; firm++) {
    if (!isShown(firm)) continue;
    const distance = Math.hypot(scene.x[firm] - x, scene.y[firm] - y) - (within === undefined ? 0 : sizeOf(firm));
    if (distance < least) [best, least] = [firm, distance];
  }
  return best;
}
