"""Build the eu_battery network (firms, links, products, clusters) from figures.csv and sources.csv.

Every number comes from figures.csv; each figure names a row of sources.csv. Flows are in million
US dollars a year: contained quantity times published price. The method is in README.md.
Run `python build.py` in this folder; the same inputs give the same files.
"""

import csv
import math
from pathlib import Path

HERE = Path(__file__).resolve().parent
POUNDS_PER_TONNE = 2204.62262
METALS = ("lithium", "cobalt", "nickel", "graphite", "manganese")
MADE_FROM = {
    "cathode": ("lithium", "cobalt", "nickel", "manganese"),
    "anode": ("graphite",),
    "separator": (),
    "electrolyte": (),
}
EUROPE, REST = ("POL", "HUN", "DEU", "SWE", "FRA"), ("CHN", "KOR", "JPN", "IND", "OTHER")
EU = {"DEU", "ESP", "FIN", "FRA", "HUN", "POL", "PRT", "SWE", "EU"}
STAGES = {
    "cathode": "cathode active material",
    "anode": "anode active material",
    "separator": "battery separators",
    "electrolyte": "battery electrolyte",
    "cells": "battery cells",
    "vehicles": "electric vehicles",
    "ev_market": "market for electric cars",
}
FIRM_COLUMNS = ["firm", "sector", "name", "country", "kind", "output", "final_demand", "tags"]
LINK_COLUMNS = [
    "supplier",
    "buyer",
    "product",
    "flow",
    "status",
    "confidence",
    "source",
    "date",
    "source_url",
    "share",
    "source_share",
    "share_basis",
    "second_share",
    "second_source",
]
# what a link rests on: status and confidence
BASIS = {
    "customs": ("validated", 1.0),
    "bilateral": ("declared", 0.8),
    "home": ("inferred", 0.6),
    "world": ("inferred", 0.4),
    "remainder": ("inferred", 0.3),
}


def read(name):
    with (HERE / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def write(name, columns, rows):
    with (HERE / name).open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def number(value, digits=4):
    return "" if value is None else f"{value:.{digits}f}".rstrip("0").rstrip(".")


FIGURES = {row["figure"]: row for row in read("figures.csv")}
SOURCES = {row["id"]: row for row in read("sources.csv")}
NAMES = {row["country"]: row["name"] for row in read("countries.csv")}


def value(figure):
    return float(FIGURES[figure]["value"])


def stage_shares(stage):
    """Return shares of world supply by country, OTHER for what is not published, and the total."""
    rows = [r for r in FIGURES.values() if r["stage"] == stage and r["country"] != "WORLD"]
    total = sum(float(r["value"]) for r in rows)
    world = max(value(f"WORLD.{stage}") if f"WORLD.{stage}" in FIGURES else 1.0, total)
    shares = {r["country"]: float(r["value"]) / world for r in rows}
    if 1 - total / world > 1e-9:
        shares["OTHER"] = 1 - total / world
    return shares, world


def figure_of(country, stage):
    """Name the figure behind a node; for OTHER the world total, or the share it is the rest of."""
    names = (f"{country}.{stage}", f"WORLD.{stage}", f"CHN.{stage}")
    return next(name for name in names if name in FIGURES)


def allocate(supply, needs, fixed):
    """Say who buys how much from whom; `fixed` holds {(supplier, buyer): share of the need}.

    First the fixed shares; then the rest of those buyers, from their other suppliers; then all other buyers. Each
    step is proportional to the supply that is left. Nobody sells more than the supply.
    """
    flows = {pair: part * needs[pair[1]] for pair, part in fixed.items()}
    tied = {buyer for _, buyer in fixed}
    for buyers in ([b for b in needs if b in tied], [b for b in needs if b not in tied]):
        left = {s: q - sum(x for (a, _), x in flows.items() if a == s) for s, q in supply.items()}
        for buyer in buyers:
            rest = needs[buyer] - sum(x for (_, b), x in flows.items() if b == buyer)
            pool = {s: q for s, q in left.items() if (s, buyer) not in fixed and q > 1e-9}
            flows |= {(s, buyer): rest * q / sum(pool.values()) for s, q in pool.items()}
    for s, q in supply.items():
        sold = sum(x for (a, _), x in flows.items() if a == s)
        if sold > q * (1 + 1e-9):
            raise ValueError(f"{s} sells {sold:.6g}, more than its supply {q:.6g}")
    return flows


def add_firm(net, country, sector, output, material=""):
    firm = f"{country}.{sector}"
    if firm in net["firms"]:
        raise ValueError(f"firm {firm} is named twice")
    label = STAGES.get(sector, sector.replace("_", " "))
    net["firms"][firm] = {
        "firm": firm,
        "sector": sector,
        "name": f"{NAMES[country]}, {label}",
        "kind": "industry",
        "country": country if len(country) == 3 else "",
        "output": output,
        "final_demand": None,
        "tags": ";".join(t for t in (material, "eu" if country in EU else "") if t),
    }
    return firm


def add_link(net, ends, flow, basis, figure, source_share):
    row = FIGURES[figure]
    source = SOURCES[row["source"]]
    second, second_share = SOURCES.get(row["second_source"]), None
    if second and basis in {"world", "customs"} and not figure.startswith("WORLD"):
        second_share = float(row["second_value"]) / float(row["second_world"] or 1)
    net["links"].append(
        {
            **dict(zip(("supplier", "buyer", "product"), ends, strict=True)),
            "flow": flow,
            "status": BASIS[basis][0],
            "confidence": BASIS[basis][1],
            "date": row["year"],
            "share_basis": basis,
            "source": f"{source['report']}, {row['year']}, {source['page_or_table']} [{source['id']}]",
            "source_url": source["url"],
            "source_share": number(source_share, 6),
            "second_share": number(second_share, 6),
            "second_source": f"{second['report']} [{second['id']}]" if second_share else "",
        }
    )


def trade(net, product, suppliers, needs, price, fixed=None, *, home=False):
    """Add the links of one product; `suppliers` holds {id: (quantity, share, figure)}."""
    fixed = fixed or {}
    supply = {s: quantity for s, (quantity, _, _) in suppliers.items()}
    for (s, b), quantity in allocate(supply, needs, fixed).items():
        _, part, figure = suppliers[s]
        basis = "world"
        if (s, b) in fixed:
            part, basis = fixed[s, b], "home" if home else "bilateral"
            figure = figure if home else f"bilateral:{s}>{b}"
        if quantity > 0:
            add_link(net, (s, b, product), quantity * price / 1e6, basis, figure, part)
    net["totals"][product] = sum(supply.values()) * price / 1e6


def stage(net, sector, total, price, material=""):
    """Add the nodes of one stage and return {id: (quantity, share, figure)}."""
    return {
        add_firm(net, c, sector, part * total * price / 1e6, material): (part * total, part, figure_of(c, sector))
        for c, part in stage_shares(sector)[0].items()
    }


def add_materials(net, components):
    """Mine to refinery to component maker, by contained material, valued at one price each."""
    price = {
        "lithium": value("price_lithium_carbonate") * value("lce_factor"),
        "cobalt": value("price_cobalt_lb") * POUNDS_PER_TONNE,
        "nickel": value("price_nickel"),
        "graphite": value("price_graphite"),
        "manganese": value("price_manganese_mtu") * 100,
    }
    for m in METALS:
        mined = stage_shares(f"{m}_mining")[1]
        battery = value(f"battery_{m}") if f"battery_{m}" in FIGURES else value(f"battery_share_{m}") * mined
        refined = {
            "lithium": battery / value("battery_share_lithium"),
            "nickel": value("demand_nickel"),
            "cobalt": battery / value("battery_share_cobalt"),
        }
        mines = stage(net, f"{m}_mining", mined, price[m], m)
        works = stage(net, f"{m}_refining", refined.get(m, battery), price[m], m)
        fixed = {
            tuple(k.removeprefix("bilateral:").split(">")): value(k)
            for k in FIGURES
            if k.startswith("bilateral:") and k.endswith(f".{m}_refining")
        }
        needs = {b: quantity for b, (quantity, _, _) in works.items()}
        trade(net, f"{m}_raw", mines, needs, price[m], fixed)
        for k, makers in components.items():
            if m in MADE_FROM[k]:
                needs = {b: part * battery for b, (_, part, _) in makers.items()}
                trade(net, f"{m}_refined", works, needs, price[m])


def add_cells(net, components):
    """Cells: Europe and the United States as published; the others by capacity (GWh for EVs)."""
    capacity = {c: value(f"{c}.cell_capacity") for c in (*EUROPE, *REST)}
    ev, europe = value("WORLD.cell_demand"), value("EUROPE.cell_production")
    gwh = {c: value(f"{c}.cell_production") * europe for c in EUROPE[:2]}
    left = {EUROPE[2:]: europe - sum(gwh.values())}
    gwh["USA"] = value("USA.cell_production")
    left[REST] = ev - europe - gwh["USA"]
    for group, total in left.items():
        gwh |= {c: total * capacity[c] / sum(capacity[x] for x in group) for c in group}
    price, everything = value("price_cell"), value("battery_demand_all")
    cells = {}
    for c, q in gwh.items():
        figure = f"{c}.cell_production" if f"{c}.cell_production" in FIGURES else f"{c}.cell_capacity"
        cells[add_firm(net, c, "cells", q * everything / ev * price)] = (q * 1e6, q / ev, figure)
    for k, makers in components.items():
        needs = {b: part * everything * 1e6 for b, (_, part, _) in cells.items()}
        trade(net, k, makers, needs, value(f"cost_share_{k}") * price)
    # vehicle makers buy the published battery demand of their region
    wanted = {c: value(f"{c}.cell_demand") for c in ("CHN", "USA", "EUROPE")}
    wanted["OTHER"] = ev - sum(wanted.values())
    region = wanted.pop("EUROPE")
    made_in = {c: value(f"{c}.vehicles") for c in ("DEU", "FRA", "ESP")}
    made_in["OTHER_EUR"] = 1 - sum(made_in.values())
    wanted |= {c: part * region for c, part in made_in.items()}
    maker = {c: add_firm(net, c, "vehicles", None) for c in [*wanted, "KOR", "GBR"]}
    home = {(f"{s}.cells", maker[b]): gwh[s] / region for s in EUROPE for b in made_in}
    home["USA.cells", maker["USA"]] = gwh["USA"] / wanted["USA"]
    trade(net, "battery_cells", cells, {maker[c]: q * 1e6 for c, q in wanted.items()}, price, home, home=True)
    return maker, made_in


def add_market(net, maker, made_in):
    """Add what the EU buys: imports by customs statistics, own cars as the remainder (bn EUR)."""
    market, rate = add_firm(net, "EU", "ev_market", None), value("usd_per_eur") * 1000
    world = value("WORLD.eu_imports")
    bn = {c: value(f"{c}.eu_imports") for c in ("CHN", "KOR", "GBR")}
    own = bn["CHN"] / value("eu_share_made_in_china") - world
    bn["OTHER"] = world - sum(bn.values())
    for c, x in bn.items():
        add_link(net, (maker[c], market, "electric_cars"), x * rate, "customs", figure_of(c, "eu_imports"), x / world)
    for c, part in made_in.items():
        figure = f"{'DEU' if c == 'OTHER_EUR' else c}.vehicles"
        add_link(net, (maker[c], market, "electric_cars"), own * part * rate, "remainder", figure, part)
    net["totals"]["electric_cars"] = (world + own) * rate


def check(net):
    """Check ids, link ends, flows and the shares of each product; fill in the column share."""
    per_product = {}
    for x in net["links"]:
        if x["supplier"] not in net["firms"] or x["buyer"] not in net["firms"]:
            raise ValueError(f"link end missing: {x['supplier']} -> {x['buyer']}")
        if not (math.isfinite(x["flow"]) and x["flow"] >= 0):
            raise ValueError(f"bad flow: {x['supplier']} -> {x['buyer']}: {x['flow']}")
        part = x["flow"] / net["totals"][x["product"]]
        x["share"] = number(part, 12)
        per_product[x["product"]] = per_product.get(x["product"], 0.0) + part
    if any(total > 1 + 1e-9 for total in per_product.values()):
        raise ValueError(f"shares of a product add up to more than 1: {per_product}")
    return per_product


def main():
    net = {"firms": {}, "links": [], "totals": {}}
    kwh = value("battery_demand_all") * 1e6
    components = {k: stage(net, k, kwh, value(f"cost_share_{k}") * value("price_cell")) for k in MADE_FROM}
    add_materials(net, components)
    add_market(net, *add_cells(net, components))
    products, firms = check(net), net["firms"].values()
    for row in firms:
        if row["output"] is not None:
            sold = sum(x["flow"] for x in net["links"] if x["supplier"] == row["firm"])
            rest = row["output"] - sold
            row["final_demand"] = number(rest if rest > 1e-6 * row["output"] else 0.0, 6)
        row["output"] = number(row["output"], 6)
    write("firms.csv", FIRM_COLUMNS, firms)
    write("links.csv", LINK_COLUMNS, [{**x, "flow": number(x["flow"], 6)} for x in net["links"]])
    write("products.csv", ["product", "name"], [{"product": p, "name": p.replace("_", " ")} for p in products])
    write("clusters.csv", ["cluster", "name"], [{"cluster": f"{m}_chain", "name": f"{m} chain"} for m in METALS])
    write(
        "members.csv",
        ["firm", "cluster", "role"],
        [
            {"firm": f["firm"], "cluster": f"{m}_chain", "role": f["sector"]}
            for m in METALS
            for f in firms
            if m in f["sector"] or f["sector"] == "cells" or m in MADE_FROM.get(f["sector"], ())
        ],
    )
    print(f"{len(firms)} firms, {len(net['links'])} links, {len(products)} products")


if __name__ == "__main__":
    main()
