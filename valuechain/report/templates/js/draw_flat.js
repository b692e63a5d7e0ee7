// The drawing on a plain canvas: where WebGL or the renderer's script do not start. Slower, with the same controls.
function drawFlat(container) {
  const canvas = make("canvas", { className: "sheet" });
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no canvas");
  container.replaceChildren(canvas);
  const at = { scale: 1, left: 0, top: 0 };
  let asked = false;
  const sizeOf = (firm) => Math.max(1.2, sizeOfFirm(firm) * at.scale);
  const frame = () => {
    asked = false;
    const [width, height, dense] = [container.clientWidth, container.clientHeight, window.devicePixelRatio || 1];
    if (canvas.width !== Math.round(width * dense) || canvas.height !== Math.round(height * dense)) {
      canvas.width = Math.round(width * dense);
      canvas.height = Math.round(height * dense);
    }
    context.setTransform(dense, 0, 0, dense, 0, 0);
    drawScene(context, { ...at, width, height, sizeOf });
  };
  const ask = () => {
    if (!asked) requestAnimationFrame(frame);
    asked = true;
  };
  const toScreen = (x, y) => [x * at.scale + at.left, y * at.scale + at.top];
  const zoomAt = (by, x, y) => {
    const scale = Math.min(8, Math.max(0.005, at.scale * by));
    at.left = x - ((x - at.left) * scale) / at.scale;
    at.top = y - ((y - at.top) * scale) / at.scale;
    at.scale = scale;
    ask();
  };
  const drawing = {
    paint: ask,
    lines: ask,
    place: ask,
    home() {
      Object.assign(at, fitted(container.clientWidth, container.clientHeight));
      ask();
    },
    zoom: (by) => zoomAt(by, container.clientWidth / 2, container.clientHeight / 2),
    pan(dx, dy) {
      at.left -= dx;
      at.top -= dy;
      ask();
    },
    toScreen,
    scale: () => at.scale,
    sizeOf,
  };
  followPointer(container, drawing, zoomAt);
  new ResizeObserver(ask).observe(container);
  return drawing;
}

function fitted(width, height) {
  const [left, top, right, bottom] = box();
  const scale = Math.min(1.6, (width - 30) / Math.max(1, right - left), (height - 46) / Math.max(1, bottom - top));
  return { scale, left: width / 2 - (scale * (left + right)) / 2, top: (height - 14) / 2 - (scale * (top + bottom)) / 2 };
}

function fromScreen(drawing, x, y) {
  const [left, top] = drawing.toScreen(0, 0);
  return [(x - left) / drawing.scale(), (y - top) / drawing.scale()];
}

function followPointer(container, drawing, zoomAt) {
  const held = new Map();
  let moved = 0;
  const place = (event) => {
    const area = container.getBoundingClientRect();
    return [event.clientX - area.left, event.clientY - area.top];
  };
  container.addEventListener("pointerdown", (event) => {
    held.set(event.pointerId, place(event));
    moved = 0;
  });
  window.addEventListener("pointermove", (event) => {
    if (!held.has(event.pointerId)) return;
    const [before, now] = [held.get(event.pointerId), place(event)];
    held.set(event.pointerId, now);
    moved += Math.abs(now[0] - before[0]) + Math.abs(now[1] - before[1]);
    if (held.size === 1) drawing.pan(before[0] - now[0], before[1] - now[1]);
    else {
      const other = [...held].find(([id]) => id !== event.pointerId)[1];
      const apart = (p) => Math.max(1, Math.hypot(p[0] - other[0], p[1] - other[1]));
      zoomAt(apart(now) / apart(before), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
    }
  });
  window.addEventListener("pointercancel", (event) => held.delete(event.pointerId));
  window.addEventListener("pointerup", (event) => {
    if (!held.delete(event.pointerId) || moved > 5 || held.size) return;
    const [x, y] = fromScreen(drawing, ...place(event));
    choose(nearest(x, y, 5 / drawing.scale()));
  });
  container.addEventListener("wheel", (event) => {
    zoomAt(Math.exp(-event.deltaY * 0.0012), ...place(event));
    event.preventDefault();
  }, { passive: false });
}
