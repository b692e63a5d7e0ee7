// Choosing a firm and a colouring, the keyboard, and the start of the page.
let drawing = null;

function choose(firm, { reveal = false, focus = false } = {}) {
  const changed = firm !== state.chosen;
  state.chosen = firm;
  if (changed) {
    if (state.partner !== null) leavePartner();
    showPanel(firm);
    markRows(firm);
    if (state.view === "tiers" && firm !== null) arrange();
    else {
      chosenLines();
      if (drawing) {
        drawing.lines();
        faded = isFading();
        drawing.paint();
      }
    }
    share_state();
  }
  if (firm === null) return;
  say(fill(words.chosen, { name: brief(firms.name[firm]) }));
  if (reveal && drawing) bringIntoView(firm);
  if (focus) {
    document.querySelector(".work").scrollIntoView({ block: "nearest" });
    byId("firm-title").focus({ preventScroll: true });
    const area = byId("firm-title").getBoundingClientRect();
    if (area.top < 0 || area.bottom > window.innerHeight) byId("firm-title").scrollIntoView({ block: "center" });
  }
}

let faded = false;

// Looks anew; lines only where they begin or cease to fade.
function repaint() {
  if (!drawing) return;
  if (faded !== isFading()) drawing.lines();
  faded = isFading();
  drawing.paint();
}

function bringIntoView(firm) {
  if (!isShown(firm)) return;
  const container = byId("graph");
  const [x, y] = drawing.toScreen(scene.x[firm], scene.y[firm]);
  const edge = 40;
  const [width, height] = [container.clientWidth, container.clientHeight];
  if (x < edge || y < edge || x > width - edge || y > height - edge) drawing.pan(x - width / 2, y - height / 2);
}

function showLegend(key) {
  for (const legend of document.querySelectorAll(".legend[data-scheme]")) legend.hidden = legend.dataset.scheme !== key;
}

function setScheme(key) {
  state.scheme = data.schemes.find((scheme) => scheme.key === key) || data.schemes[0];
  for (const input of document.querySelectorAll("input[name=scheme]")) input.checked = input.value === state.scheme.key;
  if (timePlayer) timePlayer.stop();
  if (failing !== null) stopFailing();
  else endOverlay();
}

function steer(event) {
  const container = byId("graph");
  const moves = { ArrowLeft: [-60, 0], ArrowRight: [60, 0], ArrowUp: [0, -60], ArrowDown: [0, 60] };
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  if (moves[event.key]) drawing.pan(...moves[event.key]);
  else if (event.key === "+" || event.key === "=") drawing.zoom(1.3);
  else if (event.key === "-") drawing.zoom(1 / 1.3);
  else if (event.key === "0") drawing.home();
  else if (event.key === "Enter") choose(nearest(...fromScreen(drawing, container.clientWidth / 2, container.clientHeight / 2)));
  else return;
  event.preventDefault();
}

function draw() {
  const container = byId("graph");
  const start = data.engine === "vis" ? drawVis : drawSigma;
  try {
    if (window.drawingFailed) throw new Error(window.drawingFailed);
    drawing = start(container);
    root.dataset.engine = data.engine;
  } catch (error) {
    container.replaceChildren();
    try {
      drawing = drawFlat(container);
      root.dataset.engine = "flat";
      byId("graph-flat").hidden = false;
    } catch (none) {
      drawing = null;
      root.dataset.engine = "none";
      root.classList.add("no-canvas");
      byId("graph-failed").hidden = false;
      return;
    }
  }
  container.addEventListener("keydown", steer);
  byId("reset").addEventListener("click", () => drawing.home());
  byId("zoom-in").addEventListener("click", () => drawing.zoom(1.3));
  byId("zoom-out").addEventListener("click", () => drawing.zoom(1 / 1.3));
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (failing !== null) stopFailing();
  else if (state.partner !== null) closePartner();
  else if (state.chosen !== null) choose(null);
});

setUpTables();
showStart();
if (data.partners) setUpPartners();
showPanel(null);
setUpSearch();
setUpFilters();
setUpSaving();
baseLines();
draw();
for (const input of document.querySelectorAll("input[name=scheme]")) input.addEventListener("change", () => setScheme(input.value));
for (const input of document.querySelectorAll("input[name=view]")) input.addEventListener("change", () => setView(input.value));
byId("fail-end").addEventListener("click", stopFailing);
setUpRuns();
if (drawing) {
  drawing.lines();
  drawing.place();
  drawing.home();
}
const picked = document.querySelector("input[name=scheme]:checked");
if (picked) state.scheme = data.schemes.find((scheme) => scheme.key === picked.value) || state.scheme;
showLegend(state.scheme.key);
tellEmpty();
restoreState();
window.addEventListener("hashchange", restoreState);
if (drawing) drawing.paint();
root.dataset.ready = "true";
