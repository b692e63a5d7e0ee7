// Names come from spreadsheets and are hostile: text enters the page through textContent only, never as HTML.
const root = document.documentElement;
const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId("data").textContent);
const { words } = data;
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
root.classList.add("js");

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));
}

// A number as the page's language writes it, the same as Python writes it in the tables.
function local(text) {
  return text.replace(/[.,]/g, (sign) => (sign === "," ? words.thousands : words.decimal));
}

function number(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return words.unknown;
  const steady = Number(value.toPrecision(DIGITS));
  const whole = Math.abs(steady) >= 1000 || Number.isInteger(steady);
  return local(steady.toLocaleString("en", whole ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 4 }));
}

function share(value) {
  if (Math.abs(value) < 1e-9) return "0%";
  if (value > 0 && value < 1e-5) return "<" + local("0.001") + "%";
  return local((100 * value).toLocaleString("en", { maximumSignificantDigits: 3 })) + "%";
}

const OTHERS = { ł: "l", ø: "o", đ: "d", ð: "d", ß: "ss", æ: "ae", œ: "oe", þ: "th", ħ: "h", ı: "i", ŧ: "t", ŋ: "n" };

function fold(text) {
  const plain = text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
  return plain.replace(/[łøđðßæœþħıŧŋ]/g, (sign) => OTHERS[sign]);
}

function make(tag, options, ...children) {
  const element = document.createElement(tag);
  const { text, attributes, ...rest } = options || {};
  Object.assign(element, rest);
  for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  element.append(...children.filter((child) => child));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

function shape(tag, attributes, text) {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

const briefs = new Map();

function brief(name) {
  if (!briefs.has(name)) {
    const line = name.slice(0, 120).replace(/\s+/g, " ").trim();
    const signs = [...line];
    briefs.set(name, signs.length > 26 ? signs.slice(0, 25).join("").trimEnd() + "…" : line);
  }
  return briefs.get(name);
}

function say(text) {
  byId("status").textContent = text;
}
