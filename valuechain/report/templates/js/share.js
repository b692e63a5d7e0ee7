// What is shown stands in the address after #, so that a view can be sent on: ids, never positions or
// words of a language.
const SHARED = "#view?";
let restoring = false;

function share_state() {
  if (restoring) return;
  const said = new URLSearchParams();
  if (state.view !== "network") said.set("view", state.view);
  if (state.scheme !== data.schemes[0]) said.set("colour", state.scheme.key);
  if (state.chosen !== null) said.set("firm", firms.id[state.chosen].slice(0, 300));
  const { cluster, country, product, least } = state.filters;
  if (cluster !== "") said.set("cluster", clusters.ids[cluster].slice(0, 300));
  if (country !== "") said.set("country", firms.country.ids[country].slice(0, 300));
  if (product !== "") said.set("product", productIds[product].slice(0, 300));
  if (least) said.set("least", String(least));
  if (data.partners) shareLists(said);
  if (state.partner !== null) sharePartner(said);
  if (failing !== null && state.overlay === "fail") {
    said.set("fail", firms.id[failing].slice(0, 300));
    said.set("sweep", String(failPlayer.at()));
  }
  if (state.overlay === "day") {
    said.set("run", String(time.run));
    if (time.other >= 0) said.set("with", String(time.other));
    said.set("day", String(timePlayer.at()));
  }
  const text = said.toString();
  const wanted = text ? SHARED + text : "";
  if (wanted === location.hash || (!text && !location.hash.startsWith(SHARED))) return;
  try {
    history.replaceState(null, "", wanted || location.pathname + location.search);
  } catch (error) {
    location.hash = wanted;
  }
}

function placeOf(list, name) {
  const at = name === null ? -1 : list.findIndex((id) => id.slice(0, 300) === name);
  return at < 0 ? "" : String(at);
}

function restoreState() {
  if (!location.hash.startsWith(SHARED)) return;
  restoring = true;
  const said = new URLSearchParams(location.hash.slice(SHARED.length));
  const firmOf = (key) => (said.has(key) ? firms.id.findIndex((id) => id.slice(0, 300) === said.get(key)) : -1);
  const scheme = data.schemes.find((known) => known.key === said.get("colour"));
  if (scheme) setScheme(scheme.key);
  state.filters.cluster = clusters ? placeOf(clusters.ids, said.get("cluster")) : "";
  state.filters.country = firms.country ? placeOf(firms.country.ids, said.get("country")) : "";
  state.filters.product = placeOf(productIds, said.get("product"));
  const least = Number(said.get("least"));
  state.filters.least = Number.isFinite(least) && least > 0 ? least : 0;
  applyFilters({ quiet: true });
  if (Object.values(state.filters).some((value) => value)) byId("filters").open = true;
  choose(firmOf("firm") < 0 ? null : firmOf("firm"));
  setView(["tiers", "map"].includes(said.get("view")) ? said.get("view") : "network", { quiet: true });
  if (data.partners) restorePartner(said);
  const whole = (key, most) => Math.min(most, Math.max(0, Math.round(Number(said.get(key)) || 0)));
  if (firmOf("fail") >= 0) fail(firmOf("fail"), { sweep: whole("sweep", 1000) });
  else if (said.has("day") && runs.length) {
    time.run = whole("run", runs.length - 1);
    time.other = said.has("with") && runs.length > 1 ? whole("with", runs.length - 1) : -1;
    if (time.other === time.run) time.other = -1;
    showRun();
    timePlayer.open(runs[time.run].days - 1, whole("day", runs[time.run].days - 1));
  } else if (state.overlay) endOverlay();
  restoring = false;
}
