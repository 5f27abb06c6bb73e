// What all pages share: making elements and tables, and drawing charts in the colours of the scheme.
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const make = (tag, attributes = {}, ...children) => {
  const out = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") out.addEventListener("click", value);
    else out.setAttribute(name, value);
  }
  out.append(...children);
  return out;
};
const number = (x) => x === null || x === undefined ? "–" : Number(Number(x).toPrecision(4)).toString();
const words = (n, one, many) => n + " " + (n === 1 ? one : many);

// A table: columns are [title, is a number], cells text or elements.
const table = (caption, columns, rows) => {
  const head = make("tr", {}, ...columns.map(([title, n]) => make("th", { scope: "col", class: n ? "n" : "" }, title)));
  const body = rows.map((cells) => make("tr", {}, ...cells.map((cell, i) =>
    make("td", { class: columns[i][1] ? "n" : "" }, cell))));
  return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    make("table", {}, make("caption", {}, caption), make("thead", {}, head), make("tbody", {}, ...body)));
};
// Rows are made when somebody opens the table: layers may have thousands of channels.
const behind = (details, rows) => {
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) details.append(rows());
  });
  return details;
};

// ---- Charts: drawn with the colours of the scheme, and again when that changes ----------------
const charts = new Map();
const drawers = new Map();
const axis = (title, more = {}) => ({
  title: { display: true, text: title, color: css("--ink") },
  ticks: { color: css("--soft"), maxRotation: 60, autoSkip: true, ...more.ticks },
  grid: { color: css("--line") }, ...more.rest,
});
const draw = (canvas, config) => {
  const again = () => {
    if (charts.has(canvas)) charts.get(canvas).destroy();
    if (!canvas.isConnected) { charts.delete(canvas); drawers.delete(canvas); return; }
    charts.set(canvas, new Chart(canvas, config()));
  };
  drawers.set(canvas, again);
  again();
};
const redraw = () => { for (const again of [...drawers.values()]) again(); };
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
Chart.defaults.font.family = 'system-ui, "DejaVu Sans", sans-serif';
Chart.defaults.animation = false;
Chart.defaults.maintainAspectRatio = false;
