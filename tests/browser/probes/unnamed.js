() => [...document.querySelectorAll("button, input, select, summary, a[href], [role], [tabindex='0']")].filter((e) => e.checkVisibility())
  .filter((e) => {
    const labels = e.labels ? [...e.labels].map((l) => l.textContent).join("") : "";
    const by = (e.getAttribute("aria-labelledby") || "").split(" ").map((id) => (document.getElementById(id) || {}).textContent || "").join("");
    const own = ["BUTTON", "A", "SUMMARY", "LI", "H2", "DIV", "P"].includes(e.tagName) ? e.textContent : "";
    return !(labels + by + own + (e.getAttribute("aria-label") || "")).trim() && e.getAttribute("role") !== "status";
  }).map((e) => e.outerHTML.slice(0, 120))
