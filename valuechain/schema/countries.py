"""Country codes: ISO 3166-1 alpha-3, with alpha-2 and the European Union's own two letters accepted."""

from __future__ import annotations

from functools import lru_cache

EU_USAGE = {"EL": "GRC", "UK": "GBR", "XK": "XKX", "XKX": "XKX"}
"""Codes in use that ISO 3166-1 does not list: EU practice for Greece and the United Kingdom, and Kosovo."""


@lru_cache(maxsize=4096)
def country_code(text: str) -> str | None:
    """Return the alpha-3 code of an alpha-3 or alpha-2 code in any case, or None when there is no such country."""
    import pycountry  # noqa: PLC0415 - its tables are read at import

    code = text.strip().upper()
    if code in EU_USAGE:
        return EU_USAGE[code]
    if len(code) == 3:
        found = pycountry.countries.get(alpha_3=code)
    elif len(code) == 2:
        found = pycountry.countries.get(alpha_2=code)
    else:
        found = None
    return str(found.alpha_3) if found is not None else None


def country_hint(text: str, *, required: bool = False) -> str:
    """Return a remedy for a code that does not exist: the code of the country of that name, if there is one."""
    import pycountry  # noqa: PLC0415

    try:
        code = pycountry.countries.lookup(text.strip()).alpha_3
    except LookupError:
        return "use an ISO 3166-1 code such as LVA" + (", or drop the row" if required else " or leave the cell empty")
    return f"use '{code}'"


@lru_cache(maxsize=512)
def country_name(code: str) -> str:
    """Return the short English name of an alpha-3 code, or the code itself."""
    import pycountry  # noqa: PLC0415

    if code == "XKX":
        return "Kosovo"
    found = pycountry.countries.get(alpha_3=code)
    if found is None:
        return code
    return str(getattr(found, "common_name", found.name))
