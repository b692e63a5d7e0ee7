// What the page holds: firms and links as arrays of numbers, partners looked up when asked for.
const KINDS = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, i1: Int8Array, i2: Int16Array, f4: Float32Array };

function unpack(packed) {
  if (!packed) return null;
  const text = atob(packed.d);
  const short = packed.k === "f3";
  const bytes = new Uint8Array(short ? (text.length / 3) * 4 : text.length);
  if (short) for (let k = 0, at = 1; k < text.length; k += 3, at += 4) for (let b = 0; b < 3; b++) bytes[at + b] = text.charCodeAt(k + b);
  else for (let k = 0; k < text.length; k++) bytes[k] = text.charCodeAt(k);
  return new (short ? Float32Array : KINDS[packed.k])(bytes.buffer);
}

// Sorted texts come without what each shares with the one before.
function unfront(packed) {
  if (Array.isArray(packed)) return packed;
  const shared = unpack(packed.shared);
  let before = "";
  return packed.rest.map((rest, k) => (before = before.slice(0, shared[k]) + rest));
}

const firms = { ...data.firms, id: unfront(data.firms.id) };
firms.name = data.firms.name || firms.id;
for (const key of ["output", "sales", "spare", "index", "down", "up", "suppliers", "buyers", "x", "y", "radius"]) firms[key] = unpack(firms[key]);
for (const key of ["sector", "country", "region"]) if (firms[key]) firms[key].codes = unpack(firms[key].codes);
const count = firms.count;
const productIds = data.codes.ids || data.products;
const DIGITS = data.links.flow.k === "f3" ? 5 : 7;
const radius = Float32Array.from(firms.radius, (r) => r / 10);
for (const key of ["x", "y"]) firms[key] = Float32Array.from(firms[key], (at) => at * firms.step);
for (const scheme of data.schemes) {
  if (scheme.codes) scheme.codes = unpack(scheme.codes);
  else if (scheme.key === "risk") {
    const last = scheme.palette.length - 2;
    const top = firms.index.reduce((most, value) => Math.max(most, Number.isNaN(value) ? 0 : value), 0) || 1;
    scheme.codes = Uint8Array.from(firms.index, (value) => (Number.isNaN(value) ? last + 1 : Math.round((value / top) * last)));
  }
  else scheme.codes = Uint8Array.from(firms[scheme.key].codes, (code) => (code < scheme.of.length ? scheme.of[code] : scheme.palette.length - 1));
}

// Links stand by supplier: those of one supplier follow each other. The way back is made once.
const links = { buyer: unpack(data.links.buyer), product: unpack(data.links.product), flow: unpack(data.links.flow) };
const linkCount = links.flow.length;
const sold = unpack(data.links.sold);
const firstSale = new Uint32Array(count + 1);
for (let firm = 0; firm < count; firm++) firstSale[firm + 1] = firstSale[firm] + sold[firm];
links.supplier = new Uint32Array(linkCount);
for (let firm = 0; firm < count; firm++) links.supplier.fill(firm, firstSale[firm], firstSale[firm + 1]);
const firstPurchase = new Uint32Array(count + 1);
for (let link = 0; link < linkCount; link++) firstPurchase[links.buyer[link] + 1]++;
for (let firm = 0; firm < count; firm++) firstPurchase[firm + 1] += firstPurchase[firm];
const purchases = new Uint32Array(linkCount);
{
  const next = firstPurchase.slice();
  for (let link = 0; link < linkCount; link++) purchases[next[links.buyer[link]]++] = link;
}

// Products stand by firm where each firm sells one only; sums over links are made here where all links are held.
if (data.links.by_firm) links.product = Uint32Array.from(links.supplier, (firm) => links.product[firm]);
if (!firms.sales) {
  firms.sales = new Float64Array(count);
  for (let link = 0; link < linkCount; link++) firms.sales[links.supplier[link]] += links.flow[link];
  const [bought, seen] = [new Uint32Array(count), new Int32Array(count).fill(-1)];
  firms.buyers = Uint32Array.from(sold, (_, firm) => {
    let partners = 0;
    for (let link = firstSale[firm]; link < firstSale[firm + 1]; link++) {
      const buyer = links.buyer[link];
      if (buyer === firm || seen[buyer] === firm) continue;
      seen[buyer] = firm;
      bought[buyer] += 1;
      partners += 1;
    }
    return partners;
  });
  firms.suppliers = bought;
}

function label(column, firm) {
  const of = firms[column];
  const name = of ? of.labels[of.codes[firm]] : undefined;
  return name === undefined ? null : name;
}

// Partners of a firm by size of flow; a firm is no partner of its own.
function partnersOf(firm, side) {
  const found = [];
  if (side === "suppliers") {
    for (let k = firstPurchase[firm]; k < firstPurchase[firm + 1]; k++) found.push({ firm: links.supplier[purchases[k]], link: purchases[k] });
  } else {
    for (let link = firstSale[firm]; link < firstSale[firm + 1]; link++) found.push({ firm: links.buyer[link], link });
  }
  const others = found.filter((partner) => partner.firm !== firm);
  for (const partner of others) partner.flow = links.flow[partner.link];
  return others.sort((a, b) => b.flow - a.flow || a.firm - b.firm || a.link - b.link);
}

function neighbours(firm) {
  const near = new Set([firm]);
  for (const side of ["suppliers", "buyers"]) for (const partner of partnersOf(firm, side)) near.add(partner.firm);
  return near;
}

// Rank by risk, and the order in which names are shown: by risk, then by size.
const byRisk = firms.index ? [...Array(count).keys()].filter((firm) => !Number.isNaN(firms.index[firm])) : [];
// A firm that sells nothing is a market: it stands behind those that supply, and has no rank among them.
const isMarket = (firm) => firms.sales[firm] <= 0;
byRisk.sort((a, b) => isMarket(a) - isMarket(b) || firms.index[b] - firms.index[a] || a - b);
const rank = new Map(byRisk.filter((firm) => !isMarket(firm)).map((firm, place) => [firm, place + 1]));
const byImportance = byRisk.length === count ? byRisk : [...Array(count).keys()].sort(
  (a, b) => (rank.get(a) || count + 1) - (rank.get(b) || count + 1) || radius[b] - radius[a] || a - b,
);

// Clusters of each firm, and firms that supply each product.
const clusters = data.clusters ? { names: data.clusters.names, ids: data.clusters.ids || data.clusters.names, firm: unpack(data.clusters.firm), cluster: unpack(data.clusters.cluster) } : null;
const clustersOf = new Map();
// Rows of what firms are the only source of.
const single = data.single && { firm: unpack(data.single.firm), product: unpack(data.single.product), buyers: unpack(data.single.buyers) };
const singleOf = new Map();
if (single) single.firm.forEach((firm, row) => (singleOf.has(firm) ? singleOf.get(firm).push(row) : singleOf.set(firm, [row])));

// Firms that stop others by themselves: how many, worth what, and the first of them. All other firms stop nobody.
const points = data.points && { at: unpack(data.points.at), stops: unpack(data.points.stops), value: unpack(data.points.value) };
const pointOf = new Map(points ? [...points.at].map((firm, k) => [firm, { stops: points.stops[k], value: points.value[k] }]) : []);
if (clusters) clusters.firm.forEach((firm, k) => clustersOf.set(firm, [...(clustersOf.get(firm) || []), clusters.cluster[k]]));

function sellersOf(product) {
  const found = new Map();
  for (let link = 0; link < linkCount; link++) {
    if (links.product[link] === product) found.set(links.supplier[link], (found.get(links.supplier[link]) || 0) + links.flow[link]);
  }
  return [...found].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
}
