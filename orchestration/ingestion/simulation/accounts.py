"""Raw customers of billing and companies of the CRM, with the history of their attributes.

Companies enter the CRM before they sign up, and some never do.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.ingestion.simulation.catalogue import CURRENCIES
from orchestration.ingestion.simulation.naming import company_domains, company_names
from orchestration.ingestion.simulation.population import (
    CHANNELS,
    COUNTRIES,
    INDUSTRIES,
    TEST_CUSTOMER,
    Population,
)
from orchestration.ingestion.simulation.streams import Streams
from orchestration.ingestion.simulation.subscriptions import customer_ids
from orchestration.ingestion.simulation.table import (
    Table,
    flags,
    ids,
    instants,
    integers,
    where,
    words,
)
from orchestration.ingestion.simulation.timeline import DAY, NONE, Ints, Timeline

COUNTRY_CODES = tuple(c[0] for c in COUNTRIES)
REGIONS = tuple(dict.fromkeys(c[2] for c in COUNTRIES))
REGION_OF_COUNTRY: Ints = np.array([REGIONS.index(c[2]) for c in COUNTRIES])
STAGES = (
    "subscriber", "lead", "marketing_qualified_lead", "sales_qualified_lead", "opportunity",
    "customer", "evangelist",
)  # fmt: skip
LEADS_PER_CUSTOMER = 0.4
BANDS = ("1-10", "11-50", "51-200", "201-1000", "1001+")
BAND_EDGES: Ints = np.array([10, 50, 200, 1000])


def billing_customers(people: Population, streams: Streams) -> Table:
    """Object `billing_customers`: a version at sign-up, for some a later change of address."""
    rng = streams.of("customers")
    draw = rng.random((people.size, 3))
    created = people.arrival - 30 - (draw[:, 0] * 600).astype(np.int64)
    moved = np.flatnonzero(draw[:, 1] < 0.06)
    rows = np.r_[people.numbers, moved]
    at = np.r_[created, created[moved] + ((40 + 500 * draw[moved, 2]) * DAY).astype(np.int64)]
    later = np.arange(len(rows)) >= people.size
    box = pa.array(["billing@", "accounts@"]).take(pa.array(later * 1))
    columns = {
        "customer_id": customer_ids(rows),
        "customer_name": company_names(rows),
        "email": pc.binary_join_element_wise(box, company_domains(rows), ""),
        "country_code": words(COUNTRY_CODES, people.country[rows]),
        "currency_code": words(CURRENCIES, people.currency[rows]),
        "is_test": flags(rows == TEST_CUSTOMER),
        "created_at": instants(created[rows]),
        "deleted_at": instants(np.full(len(rows), NONE)),
        "updated_at": instants(at),
    }
    return Table("billing_customers", columns, at)


class Companies:
    """The CRM's companies: customers first, then leads that never became customers."""

    def __init__(self, people: Population, timeline: Timeline, streams: Streams) -> None:
        self.people = people
        self.leads = int(people.size * LEADS_PER_CUSTOMER)
        self.size = people.size + self.leads
        rng = streams.of("companies")
        span = timeline.horizon_end - timeline.start
        ahead = np.exp(3.0 + 0.8 * rng.standard_normal(people.size)).clip(3, 150)
        lead_created = timeline.start + (rng.random(self.leads) * span).astype(np.int64)
        before = people.arrival - (ahead * DAY).astype(np.int64)
        self.created: Ints = np.r_[before, lead_created]
        self.like: Ints = np.r_[people.numbers, rng.integers(0, people.size, self.leads)]
        """The customer whose attributes a company has; leads resemble customers."""
        self._draw = rng.random((self.size, 5))

    def ids(self, rows: Ints) -> Any:
        """Identifiers in the CRM."""
        return ids("acc_", rows)

    def versions(self) -> Table:
        """Object `crm_accounts`: as a lead, as a customer, and after a correction or growth."""
        people, draw = self.people, self._draw
        changed = np.flatnonzero(draw[: people.size, 0] < 0.25)
        when = people.arrival[changed] + ((30 + 600 * draw[changed, 1]) * DAY).astype(np.int64)
        rows = np.r_[np.arange(self.size), people.numbers, changed]
        at = np.r_[self.created, people.arrival + 300, when]
        stage = np.repeat([0, 1, 2], [self.size, people.size, len(changed)])
        like = self.like[rows]
        # One in three changes corrects the industry, the others report more employees.
        corrected = (stage == 2) & (draw[rows, 2] < 0.33)
        industry = np.where(
            corrected, (people.industry[like] + 1) % len(INDUSTRIES), people.industry[like]
        )
        growth = np.where((stage == 2) & ~corrected, 1.1 + 1.4 * draw[rows, 2], 1.0)
        employees = np.round(people.employees[like] * growth).astype(np.int64)
        band = np.searchsorted(BAND_EDGES, employees, side="left")
        country = people.country[like]
        columns = {
            "account_id": self.ids(rows),
            "customer_id": where(customer_ids(np.minimum(rows, people.size - 1)), stage > 0),
            "account_name": company_names(rows),
            "industry": words(INDUSTRIES, np.where(draw[rows, 3] < 0.04, NONE, industry)),
            "country_code": words(COUNTRY_CODES, country),
            "employee_count": integers(employees, draw[rows, 4] > 0.05),
            "company_size_band": words(BANDS, np.where(draw[rows, 4] < 0.5, band, NONE)),
            "acquisition_channel": words(CHANNELS, people.channel[like]),
            "region_name": words(REGIONS, REGION_OF_COUNTRY[country]),
            "created_at": instants(self.created[rows]),
            "updated_at": instants(at),
        }
        return Table("crm_accounts", columns, at)

    def stages(self, promoters: Ints, promoted_at: Ints) -> Table:
        """Object `crm_lifecycle_stages`: leads stop somewhere, customers get there, some advocate."""
        people = self.people
        until = np.r_[people.arrival, self.created[people.size :] + 60 * DAY]
        reach = np.r_[
            np.full(people.size, 5), 1 + (self._draw[people.size :, 0] * 4).astype(np.int64)
        ]
        who, stage, when = [], [], []
        for number in range(6):
            there = np.flatnonzero(number <= reach)
            # Stages follow one another evenly; not every company is seen in the first.
            there = there[(number > 0) | (self._draw[there, 1] < 0.5)]
            share = number / 5
            moment = self.created[there] + ((until - self.created)[there] * share).astype(np.int64)
            who.append(there)
            stage.append(np.full(len(there), number))
            when.append(moment)
        rows = np.concatenate([*who, promoters])
        stages = np.concatenate([*stage, np.full(len(promoters), STAGES.index("evangelist"))])
        at = np.concatenate([*when, promoted_at])
        columns = {
            "account_id": self.ids(rows),
            "stage_name": words(STAGES, stages),
            "entered_at": instants(at),
        }
        return Table("crm_lifecycle_stages", columns, at)
