// Downloads: the drawing as PNG and SVG, tables as CSV. Everything is made here; nothing is fetched.
function offerFile(name, content, type) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = make("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 2000);
}

function fileName(ending) {
  const plain = fold(data.network.name.slice(0, 60)).replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "");
  return (plain || "network") + ending;
}

// A cell that a spreadsheet would take for a formula gets an apostrophe; numbers stay numbers.
function csvCell(text, isNumber) {
  const line = text.replace(/\r\n?/g, "\n");
  const safe = !isNumber && /^[\s]*[=+\-@\t\r]/.test(line) ? "'" + line : line;
  return /[",\n]/.test(safe) ? '"' + safe.replace(/"/g, '""') + '"' : safe;
}

function csvText(rows) {
  return "\ufeff" + rows.map((row) => row.join(",")).join("\r\n") + "\r\n";
}

function saveTable(table) {
  const heads = [...table.tHead.rows[0].cells];
  const numeric = heads.map((head) => head.classList.contains("number") || head.classList.contains("share"));
  const shares = heads.map((head) => head.classList.contains("share"));
  const first = heads.map((head) => csvCell(head.textContent.trim() + (head.classList.contains("share") ? " (%)" : ""), false));
  const withId = heads.findIndex((head) => head.classList.contains("firm"));
  if (withId >= 0) first.splice(withId + 1, 0, "id");
  const rows = [...table.tBodies[0].rows].map((row) => {
    const cells = [...row.cells].map((cell, k) => {
      if (numeric[k]) return csvCell(plainNumber(cell.textContent), !plainNumber(cell.textContent).startsWith("<"));
      const name = cell.querySelector("bdi");
      return csvCell((name || cell).textContent, false);
    });
    if (withId >= 0) {
      const cell = row.cells[withId];
      const id = cell.querySelector("small bdi") || cell.querySelector("bdi") || cell;
      cells.splice(withId + 1, 0, csvCell(id.textContent, false));
    }
    return cells;
  });
  offerFile(fileName("-" + table.closest("section").id + ".csv"), csvText([first, ...rows]), "text/csv;charset=utf-8");
}

// All firms that the filters keep, with what the page knows of them.
function saveFirms() {
  const columns = [
    ["id", (firm) => firms.id[firm]], ["name", (firm) => firms.name[firm]],
    ...["sector", "country", "region"].filter((c) => firms[c]).map((c) => [c, (firm) => label(c, firm) || ""]),
    ...(clusters ? [["clusters", (firm) => (clustersOf.get(firm) || []).map((k) => clusters.names[k]).join("; ")]] : []),
    ...["output", "sales", "index", "down", "up"].filter((c) => firms[c]).map((c) => [c === "index" ? "risk_index" : c, (firm) => firms[c][firm], true]),
  ];
  const rows = [columns.map(([name]) => name)];
  for (let firm = 0; firm < count; firm++) {
    if (!scene.kept[firm]) continue;
    rows.push(columns.map(([, value, isNumber]) => {
      const found = value(firm);
      return isNumber ? (Number.isNaN(found) ? "" : String(Number(found.toPrecision(DIGITS)))) : csvCell(found, false);
    }));
  }
  offerFile(fileName("-firms.csv"), csvText(rows), "text/csv;charset=utf-8");
}

function frameOf() {
  const container = byId("graph");
  if (drawing) {
    const [left, top] = drawing.toScreen(0, 0);
    return { width: container.clientWidth, height: container.clientHeight, scale: drawing.scale(), left, top, sizeOf: drawing.sizeOf };
  }
  const at = fitted(1100, 700);
  return { width: 1100, height: 700, ...at, sizeOf: (firm) => Math.max(1.2, sizeOfFirm(firm) * at.scale) };
}

function savePicture() {
  const frame = frameOf();
  const canvas = make("canvas", { width: frame.width * 2, height: frame.height * 2 });
  const context = canvas.getContext("2d");
  if (!context) return;
  context.scale(2, 2);
  drawScene(context, frame);
  canvas.toBlob((blob) => offerFile(fileName(".png"), blob, "image/png"), "image/png");
}

function saveDrawing() {
  const frame = frameOf();
  const { width, height, scale, left, top, sizeOf } = frame;
  const at = (firm) => [scene.x[firm] * scale + left, scene.y[firm] * scale + top].map((v) => v.toFixed(1));
  const svg = shape("svg", { xmlns: SVG, viewBox: `0 0 ${width} ${height}`, width, height, "font-family": "sans-serif", "font-size": 12 });
  svg.append(shape("title", {}, data.network.name), shape("rect", { width, height, fill: "#ffffff" }));
  const path = (lines) => lines.map(({ from, to }) => "M" + at(from).join(" ") + "L" + at(to).join(" ")).join("");
  svg.append(shape("path", { d: path(scene.lines), stroke: LINK, "stroke-opacity": lineAlpha(), fill: "none" }));
  for (const colour of [SUPPLIER, BUYER]) svg.append(shape("path", { d: path(scene.extra.filter((line) => line.colour === colour)), stroke: colour, "stroke-width": 1.6, fill: "none" }));
  for (const firm of [...byImportance].reverse()) {
    if (!isShown(firm)) continue;
    const [cx, cy] = at(firm);
    const look = lookOf(firm);
    const circle = shape("circle", { cx, cy, r: sizeOf(firm).toFixed(1), fill: look.fill, stroke: look.rim, "stroke-width": look.wide * 0.7 });
    circle.append(shape("title", {}, firms.name[firm].slice(0, 200)));
    svg.append(circle);
  }
  if (scene.suggested) svg.append(...suggestedShapes({ toScreen: (x, y) => [x * scale + left, y * scale + top], sizeOf }));
  // The same choice of names as on the screen: a context that writes elements instead of pixels.
  const context = document.createElement("canvas").getContext("2d");
  if (context) {
    const halo = { fill: "#1b2430", stroke: "#ffffff", "stroke-width": 3, "paint-order": "stroke", "stroke-linejoin": "round", "text-anchor": "middle" };
    const writer = {
      set font(value) { context.font = value; },
      measureText: (text) => context.measureText(text),
      strokeText: () => undefined,
      fillText: (text, x, y) => svg.append(shape("text", { x: x.toFixed(1), y: (y + 11).toFixed(1), ...halo }, text)),
    };
    drawNames(writer, { toScreen: (x, y) => [x * scale + left, y * scale + top], scale, width, height, sizeOf });
  }
  offerFile(fileName(".svg"), new XMLSerializer().serializeToString(svg), "image/svg+xml");
}

function setUpSaving() {
  byId("save-png").addEventListener("click", savePicture);
  byId("save-svg").addEventListener("click", saveDrawing);
  byId("save-csv").addEventListener("click", saveFirms);
}
