// Loss by day as a chart: a line a run, bands of an ensemble, a cursor at the chosen day.
const CHART = { width: 820, height: 150, left: 46, right: 10, top: 10, bottom: 24 };
const RUN_COLOURS = ["#98305f", "#1a5a96"];
let chartDays = 1;

function drawChart(shown, choose_day) {
  const holder = byId("run-chart");
  CHART.width = chartWidth();
  const { width, height, left, right, top, bottom } = CHART;
  const days = Math.max(...shown.map((run) => run.days));
  chartDays = days;
  let most = 0.001;
  for (const run of shown) for (const series of [run.loss, ...run.bands.map((band) => band.loss)]) for (const value of series) most = Math.max(most, value);
  const step = niceStep(most / 3);
  const ceiling = Math.ceil(most / step) * step;
  const x = (day) => left + (day / Math.max(1, days - 1)) * (width - left - right);
  const y = (value) => top + (1 - value / ceiling) * (height - top - bottom);
  const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": words.chart });
  for (let value = 0; value <= ceiling + step / 2; value += step) {
    svg.append(shape("line", { x1: left, x2: width - right, y1: y(value), y2: y(value), stroke: "#dde2e9" }));
    svg.append(shape("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end", class: "tick" }, share(value)));
  }
  const every = Math.max(1, niceStep(days / (width < 500 ? 4 : 8)));
  for (let day = 0; day < days; day += every) svg.append(shape("text", { x: x(day), y: height - 7, "text-anchor": "middle", class: "tick" }, String(day)));
  shown.forEach((run, k) => {
    const line = (series) => [...series].map((value, day) => `${x(day).toFixed(1)} ${y(Math.max(0, value)).toFixed(1)}`);
    for (let band = 0; band < Math.floor(run.bands.length / 2); band++) {
      const [low, high] = [run.bands[band].loss, run.bands[run.bands.length - 1 - band].loss];
      const points = [...line(low), ...line(high).reverse()];
      svg.append(shape("path", { d: "M" + points.join("L") + "Z", fill: RUN_COLOURS[k], "fill-opacity": 0.16 }));
    }
    const dash = k ? { "stroke-dasharray": "6 4" } : {};
    svg.append(shape("path", { d: "M" + line(run.loss).join("L"), fill: "none", stroke: RUN_COLOURS[k], "stroke-width": 2, ...dash }));
  });
  svg.append(shape("line", { id: "run-cursor", x1: left, x2: left, y1: top, y2: height - bottom, stroke: "#1b2430", "stroke-width": 1.5 }));
  svg.addEventListener("click", (event) => {
    const area = svg.getBoundingClientRect();
    const at = ((event.clientX - area.left) / area.width) * width;
    choose_day(Math.max(0, Math.min(shown[0].days - 1, Math.round(((at - left) / (width - left - right)) * (days - 1)))));
  });
  holder.replaceChildren(svg);
}

function chartWidth() {
  return Math.max(300, byId("run-chart").clientWidth || CHART.width);
}

function moveCursor(day) {
  const { width, left, right } = CHART;
  const at = left + (day / Math.max(1, chartDays - 1)) * (width - left - right);
  for (const key of ["x1", "x2"]) byId("run-cursor").setAttribute(key, at);
}

function niceStep(rough) {
  const size = 10 ** Math.floor(Math.log10(Math.max(rough, 1e-9)));
  return size * [1, 2, 5, 10].find((factor) => factor * size >= rough - 1e-12);
}
