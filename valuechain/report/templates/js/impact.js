// What fails with a firm: the cascade worked out beforehand, shown sweep by sweep.
const impactCache = new Map();
let failing = null;

function impactOf(firm) {
  const packed = data.impacts[firm];
  if (!packed) return null;
  if (!impactCache.has(firm)) {
    const found = { ...packed, firms: unpack(packed.firms), final: unpack(packed.final), losses: unpack(packed.losses) };
    found.place = new Map([...found.firms].map((other, k) => [other, k]));
    impactCache.set(firm, found);
  }
  return impactCache.get(firm);
}

// Losses are held as levels of their square root, two in a byte.
function lossAt(packed, place) {
  const level = (packed.losses[place >> 1] >> (place & 1 ? 4 : 0)) & 15;
  return (level / 15) ** 2;
}

const failPlayer = player("fail", (sweep) => showSweep(sweep));

function fail(firm, { sweep = null, play = true } = {}) {
  const impact = impactOf(firm);
  if (!impact) return;
  if (timePlayer) timePlayer.stop();
  failing = firm;
  state.overlay = "fail";
  byId("fail-bar").hidden = false;
  byId("fail-name").textContent = fill(words.failing, { name: brief(firms.name[firm]) });
  const last = impact.totals.length - 1;
  failPlayer.open(last, sweep === null ? (play && !calm.matches ? 0 : last) : Math.min(sweep, last));
  if (sweep === null && play && !calm.matches) failPlayer.play();
  bringPlayer("fail");
}

function showSweep(sweep) {
  const impact = impactOf(failing);
  const among = impact.firms.length;
  scene.overlay = {
    colour(firm) {
      const place = impact.place.get(firm);
      return place === undefined ? QUIET : lossColour(lossAt(impact, sweep * among + place));
    },
  };
  const said = fill(words.sweep, {
    sweep: impact.at[sweep], all: impact.at[impact.at.length - 1], share: share(impact.totals[sweep]), of: data.of, firms: number(Math.max(0, impact.hits[sweep] - 1)),
  });
  const rest = impact.hits[sweep] - among;
  failPlayer.tell(rest > 0 ? said + " " + fill(words.coloured, { count: number(among) }) : said);
  showLegend("loss");
  repaint();
  share_state();
}

function stopFailing() {
  failPlayer.stop();
  failing = null;
  byId("fail-bar").hidden = true;
  endOverlay();
}

function endOverlay() {
  state.overlay = null;
  delete root.dataset.playing;
  scene.overlay = null;
  showLegend(state.scheme.key);
  repaint();
  share_state();
}

// The exact set: firms left without any source of an input that they cannot do without.
function stoppedBy(firm) {
  if (!points) return [];
  const point = pointOf.get(firm);
  if (!point) return [make("p", { text: words.stops_nobody })];
  const said = fill(point.stops === 1 ? words.stops_exact_one : words.stops_exact, { firms: number(point.stops), value: number(point.value), unit: data.unit });
  const known = unpack(data.points.sets[firm]);
  if (!known) return [make("p", { text: said })];
  const list = make("ul", { className: "plain" });
  for (const other of known) list.append(make("li", {}, make("div", {}, firmButton(other))));
  const rest = point.stops - list.children.length;
  return [make("p", { text: said }), list, ...(rest ? [make("p", { className: "soft", text: fill(words.more_firms, { count: number(rest) }) })] : [])];
}

function impactBox(firm) {
  const part = document.createDocumentFragment();
  part.append(make("h3", { text: words.stops }), ...stoppedBy(firm));
  const impact = impactOf(firm);
  if (!impact) {
    part.append(make("p", { className: "soft", text: words.not_computed }));
    return part;
  }
  const button = make("button", { type: "button", className: "action strong", text: words.fail });
  button.addEventListener("click", () => fail(firm));
  const total = impact.totals[impact.totals.length - 1];
  part.append(make("p", { text: fill(words.stops_total, { share: share(total), of: data.of, firms: number(impact.hits[impact.hits.length - 1] - 1) }) }), button);
  const list = make("ul", { className: "plain" });
  [...impact.firms].slice(0, impact.final.length).forEach((other, k) => {
    if (other === firm || list.children.length >= 12) return;
    list.append(make("li", {}, make("div", {}, firmButton(other)), make("span", { className: "amount", text: share(impact.final[k]) })));
  });
  if (list.children.length) part.append(make("p", { className: "soft", text: words.stops_list }), list);
  return part;
}
