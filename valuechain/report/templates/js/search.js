// Find a firm by name or id, accents folded.
const FOUND = 12;
let folded = null;

function find(text) {
  const wanted = fold(text.trim());
  if (!wanted) return [];
  folded = folded || firms.id.map((id, firm) => [fold(firms.name[firm].slice(0, 300)), fold(id.slice(0, 300))]);
  const hits = [];
  folded.forEach(([name, id], firm) => {
    const at = name.indexOf(wanted);
    const inId = id.indexOf(wanted);
    if (at < 0 && inId < 0) return;
    const first = at === 0 || inId === 0 || id === wanted;
    const word = at > 0 && /[\s\-_.,("']/.test(name[at - 1]);
    hits.push([id === wanted ? 0 : first ? 1 : word ? 2 : 3, rank.get(firm) || count, firm]);
  });
  hits.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
  return hits.map((hit) => hit[2]);
}

function setUpSearch() {
  const input = byId("search");
  const list = byId("found");
  let active = -1;
  let hits = [];
  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    active = -1;
  };
  const move = (to) => {
    active = hits.length ? (to + hits.length) % hits.length : -1;
    [...list.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === active)));
    if (active < 0) return;
    input.setAttribute("aria-activedescendant", list.children[active].id);
    list.children[active].scrollIntoView({ block: "nearest" });
  };
  const take = (place) => {
    const firm = hits[place];
    close();
    if (firm !== undefined) choose(firm, { reveal: true, focus: true });
  };
  const open = () => {
    const all = find(input.value);
    hits = all.slice(0, FOUND);
    list.replaceChildren(
      ...hits.map((firm, place) => {
        const where = [firms.id[firm], label("sector", firm), label("country", firm)].filter((t) => t).join(" · ");
        const text = [make("bdi", { className: "line", text: firms.name[firm] }), make("small", { className: "line", text: where })];
        const item = make("li", { id: "found-" + place, attributes: { role: "option", "aria-selected": "false" } }, ...text);
        item.addEventListener("mousedown", (event) => event.preventDefault());
        item.addEventListener("click", () => take(place));
        return item;
      }),
    );
    active = -1;
    const empty = !input.value.trim();
    if (!empty) say(all.length ? fill(words.found, { count: all.length }) : words.found_none);
    if (!empty && !hits.length) list.append(make("li", { text: words.found_none, attributes: { role: "option", "aria-disabled": "true" } }));
    list.hidden = empty;
    input.setAttribute("aria-expanded", String(!empty));
  };
  input.addEventListener("input", open);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") list.hidden ? open() : move(active + 1);
    else if (event.key === "ArrowUp") move(active - 1);
    else if (event.key === "Enter" && hits.length && !list.hidden) take(Math.max(active, 0));
    else if (event.key === "Escape" && !list.hidden) close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}
