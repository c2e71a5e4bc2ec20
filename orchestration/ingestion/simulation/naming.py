"""Names of companies and people, some of them hostile on purpose.

Real exports hold quotes, line breaks, emoji, SQL, HTML and spreadsheet formulas; whatever reads
them must treat them as text.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.ingestion.simulation.timeline import Ints

HOSTILE = (
    "Robert'); DROP TABLE customers;--",
    "<script>alert('hi')</script> GmbH",
    '=HYPERLINK("http://example.test","click")',
    'Müller & "Söhne" KG',
    "Two Lines\nLimited",
    "🦄 Ünïcorn, Inc.",
    "+1-800-FORMULA",
    "{{ ref('secrets') }} Oy",
)
HOSTILE_EVERY = 37
_FIRST = (
    "Amber", "Blue", "Cedar", "Delta", "Evergreen", "Falcon", "Granite", "Harbor", "Indigo",
    "Juniper", "Keystone", "Lumen", "Maple", "North", "Orchid", "Pioneer", "Quartz", "River",
    "Summit", "Tidal", "Umbra", "Vertex", "Willow", "Zephyr",
)  # fmt: skip
_SECOND = (
    "Analytics", "Bakery", "Clinics", "Design", "Energy", "Foods", "Goods", "Health", "Industries",
    "Labs", "Logistics", "Media", "Networks", "Outfitters", "Partners", "Robotics", "Schools",
    "Studios", "Systems", "Textiles", "Travel", "Ventures", "Works",
)  # fmt: skip
_LEGAL = ("Inc.", "LLC", "Ltd", "GmbH", "Co.", "Group")
_GIVEN = (
    "Ada", "Bruno", "Chen", "Dina", "Emeka", "Fatima", "Grace", "Hiro", "Ines", "Jonas", "Keiko",
    "Liam", "Mona", "Nils", "Olga", "Pedro", "Quinn", "Rosa", "Samir", "Tova", "Uma", "Viktor",
    "Wanda", "Yusuf", "Zoë",
)  # fmt: skip
_FAMILY = (
    "Abe", "Brown", "Costa", "Dubois", "Eriksen", "Fischer", "García", "Haddad", "Ito", "Jansen",
    "Khan", "Lopez", "Meyer", "Novak", "O'Brien", "Patel", "Rossi", "Silva", "Tanaka", "Weber",
)  # fmt: skip


def company_names(numbers: Ints) -> Any:
    """Names of companies by number, the same for a number in every system."""
    first, second = numbers % len(_FIRST), (numbers // len(_FIRST)) % len(_SECOND)
    legal = (numbers * 7 + numbers // 11) % len(_LEGAL)
    parts = [
        pa.array(w).take(pa.array(i))
        for w, i in zip((_FIRST, _SECOND, _LEGAL), (first, second, legal), strict=True)
    ]
    plain = pc.binary_join_element_wise(*parts, " ")
    hostile = numbers % HOSTILE_EVERY == HOSTILE_EVERY - 1
    strange = pa.array(HOSTILE).take(pa.array((numbers // HOSTILE_EVERY) % len(HOSTILE)))
    return pc.if_else(pa.array(hostile), strange, plain)


def company_domains(numbers: Ints) -> Any:
    """Mail domains of companies, reserved names that lead nowhere."""
    first = pa.array([w.lower() for w in _FIRST]).take(pa.array(numbers % len(_FIRST)))
    return pc.binary_join_element_wise(
        first, pa.array(numbers).cast(pa.string()), pa.scalar(".example"), ""
    )


def person_names(rng: np.random.Generator, size: int) -> Any:
    """Names of people."""
    given = pa.array(_GIVEN).take(pa.array(rng.integers(0, len(_GIVEN), size)))
    family = pa.array(_FAMILY).take(pa.array(rng.integers(0, len(_FAMILY), size)))
    return pc.binary_join_element_wise(given, family, " ")
