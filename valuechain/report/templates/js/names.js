// Names and the map's shapes, drawn in pixels of the screen on a flat canvas, whoever draws the firms.
const NAMES = 260;
const FACE = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif';
const widths = new Map();

function widthOf(context, text) {
  if (!widths.has(text)) widths.set(text, context.measureText(text).width);
  return widths.get(text);
}

// Names keep their size on the screen; the most critical firms come first, and no name covers another.
function drawNames(context, { toScreen, scale, width, height, sizeOf }) {
  const font = 12;
  context.font = `500 ${font}px ${FACE}`;
  context.textAlign = "center";
  context.textBaseline = "top";
  context.lineJoin = "round";
  const taken = [];
  for (const heading of scene.headings) drawText(context, heading.text, ...toScreen(heading.x, heading.y), width, taken, true);
  // A context that only writes text has no lines: the SVG gets its own.
  if (scene.suggested && context.setLineDash) drawSuggested(context, { toScreen, sizeOf, width }, taken);
  const shown = byImportance.length > 5000 ? byImportance.slice(0, 400) : byImportance;
  const near = scene.near;
  const order = near && isShown(state.chosen) && !scene.tiers ? [state.chosen, ...shown.filter((firm) => near.has(firm) && firm !== state.chosen)] : shown;
  const room = (width * height) / 42000;
  const limit = taken.length + Math.round(scene.tiers ? 160 : Math.max(5, room) * Math.max(1, scale * 1.6));
  let looked = 0;
  for (const firm of order) {
    if (taken.length >= limit || looked >= NAMES) break;
    if (!isShown(firm)) continue;
    looked += 1;
    const [x, y] = toScreen(scene.x[firm], scene.y[firm]);
    const top = y + sizeOf(firm) + 3;
    if (x < 0 || x > width || top < 0 || top + font > height) continue;
    drawText(context, brief(firms.name[firm]), x, top, width, taken, false);
  }
}

function drawText(context, text, at, y, width, taken, always) {
  const half = widthOf(context, text) / 2;
  const x = Math.min(Math.max(at, half + 2), Math.max(width - half - 2, half + 2));
  const area = [x - half - 3, y - 1, x + half + 3, y + 15];
  if (!always && taken.some((t) => area[0] < t[2] && t[0] < area[2] && area[1] < t[3] && t[1] < area[3])) return;
  taken.push(area);
  context.lineWidth = 3.5;
  context.strokeStyle = "rgba(255,255,255,0.92)";
  context.strokeText(text, x, y);
  context.fillStyle = always ? "#4f5b6b" : "#1b2430";
  context.fillText(text, x, y);
}

// The shapes of countries; ``scale`` and the place of the origin say where the drawing's coordinates fall.
function drawGround(context, scale, left, top) {
  if (state.view !== "map" || !mapShapes) return;
  context.save();
  context.translate(left, top);
  context.scale(scale, scale);
  context.fillStyle = "#eceff3";
  context.strokeStyle = "#c3cbd6";
  context.lineWidth = 0.8 / scale;
  context.lineJoin = "round";
  context.fill(mapShapes, "evenodd");
  context.stroke(mapShapes);
  context.restore();
}

// A whole picture on a flat canvas: the fallback's frame and the PNG.
function drawScene(context, { scale, left, top, width, height, sizeOf }) {
  const toScreen = (x, y) => [x * scale + left, y * scale + top];
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, width, height);
  drawGround(context, scale, left, top);
  const stroke = (lines, colour, alpha, arrows) => {
    context.strokeStyle = colour;
    context.fillStyle = colour;
    context.globalAlpha = alpha;
    for (const { from, to, width: wide } of lines) {
      const [x1, y1] = toScreen(scene.x[from], scene.y[from]);
      const [x2, y2] = toScreen(scene.x[to], scene.y[to]);
      context.lineWidth = Math.max(0.4, wide * Math.min(1, scale));
      context.beginPath();
      context.moveTo(x1, y1);
      context.lineTo(x2, y2);
      context.stroke();
      if (arrows) drawArrow(context, x1, y1, x2, y2, sizeOf(to));
    }
    context.globalAlpha = 1;
  };
  stroke(scene.lines, LINK, isFading() ? 0.07 : lineAlpha(), false);
  for (const colour of [SUPPLIER, BUYER]) stroke(scene.extra.filter((line) => line.colour === colour), colour, 0.85, true);
  for (let k = count - 1; k >= 0; k--) {
    const firm = byImportance[k];
    if (!isShown(firm)) continue;
    const [x, y] = toScreen(scene.x[firm], scene.y[firm]);
    const size = sizeOf(firm);
    if (x < -size || y < -size || x > width + size || y > height + size) continue;
    const look = lookOf(firm);
    context.beginPath();
    context.arc(x, y, size, 0, 2 * Math.PI);
    context.fillStyle = look.fill;
    context.fill();
    context.lineWidth = look.wide * Math.min(1, Math.max(0.3, scale));
    context.strokeStyle = look.rim;
    context.stroke();
  }
  drawNames(context, { toScreen, scale, width, height, sizeOf });
}

// Where firms are too many to fade, the chosen one and its lines stand above all others.
function drawChosen(context, toScreen, sizeOf) {
  if (state.chosen === null || !isShown(state.chosen)) return;
  context.lineWidth = 1.6;
  for (const { from, to, colour } of scene.extra) {
    const [x1, y1] = toScreen(scene.x[from], scene.y[from]);
    const [x2, y2] = toScreen(scene.x[to], scene.y[to]);
    context.strokeStyle = context.fillStyle = colour;
    context.beginPath();
    context.moveTo(x1, y1);
    context.lineTo(x2, y2);
    context.stroke();
    drawArrow(context, x1, y1, x2, y2, sizeOf(to));
  }
  context.beginPath();
  context.arc(...toScreen(scene.x[state.chosen], scene.y[state.chosen]), sizeOf(state.chosen) + 4, 0, 2 * Math.PI);
  context.strokeStyle = "#000000";
  context.lineWidth = 2.5;
  context.stroke();
}

function lineAlpha() {
  if (scene.tiers) return 0.4;
  return state.view === "map" || scene.lines.length > 5000 ? 0.16 : 0.34;
}

function drawArrow(context, x1, y1, x2, y2, size) {
  const length = Math.hypot(x2 - x1, y2 - y1);
  if (length < size + 8) return;
  const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
  const [tipX, tipY] = [x2 - ux * (size + 1), y2 - uy * (size + 1)];
  context.beginPath();
  context.moveTo(tipX, tipY);
  context.lineTo(tipX - 7 * ux + 3 * uy, tipY - 7 * uy - 3 * ux);
  context.lineTo(tipX - 7 * ux - 3 * uy, tipY - 7 * uy + 3 * ux);
  context.fill();
}
