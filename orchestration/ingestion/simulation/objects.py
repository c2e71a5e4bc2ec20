"""Every raw object of the simulated company except usage events, from what happened.

A list of who makes what; each object is made in the module of its domain.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from orchestration.ingestion.simulation import contracts, payments, prices, surveys
from orchestration.ingestion.simulation.accounts import Companies, billing_customers
from orchestration.ingestion.simulation.costs import ledger
from orchestration.ingestion.simulation.discounts import discount_rows, grant
from orchestration.ingestion.simulation.dynamics import Chronicle
from orchestration.ingestion.simulation.growth import account_merges, referrals
from orchestration.ingestion.simulation.invoices import Billing
from orchestration.ingestion.simulation.journal import take_rows
from orchestration.ingestion.simulation.onboarding import project_versions
from orchestration.ingestion.simulation.streams import Streams
from orchestration.ingestion.simulation.subscriptions import item_versions, subscription_versions
from orchestration.ingestion.simulation.support import open_tickets, ticket_versions
from orchestration.ingestion.simulation.table import Table
from orchestration.ingestion.simulation.timeline import Timeline
from orchestration.ingestion.simulation.users import Users, identity_merges, user_versions


def tables(life: Chronicle, users: Users, timeline: Timeline, streams: Streams) -> Iterator[Table]:
    """Yield the tables one after the other, so that not all need be in memory at once."""
    yield from _billing(life, timeline, streams)
    yield user_versions(users, streams)
    yield identity_merges(users)
    tickets = open_tickets(life, users, timeline, streams)
    yield ticket_versions(tickets)
    answers = surveys.Answers(life, users, tickets, timeline, streams)
    yield surveys.definitions(timeline)
    yield answers.sends()
    yield answers.responses()
    companies = Companies(life.population, timeline, streams)
    yield companies.versions()
    yield companies.stages(*answers.promoters())
    yield project_versions(life, timeline, streams)
    yield referrals(life, users, timeline, streams)
    yield ledger(life, timeline, streams)


def _billing(life: Chronicle, timeline: Timeline, streams: Streams) -> Iterator[Table]:
    people, journal, price_list = life.population, life.journal, life.prices
    yield prices.products(timeline)
    yield prices.prices(price_list, timeline)
    yield prices.price_tiers(price_list, timeline)
    yield prices.coupons(timeline)
    yield prices.exchange_rates(timeline, streams)
    yield billing_customers(people, streams)
    yield subscription_versions(journal, people, streams)
    yield item_versions(journal, price_list.ids)
    invoices = journal.read("invoice")
    invoices = take_rows(invoices, np.lexsort((invoices["subscription"], invoices["at"])))
    discounts = grant(invoices, people)
    yield discount_rows(discounts)
    billing = Billing(invoices, people, price_list, discounts, streams)
    yield billing.invoices()
    yield billing.invoice_lines()
    yield payments.payments(billing, streams)
    yield payments.refunds(billing, streams)
    yield payments.credit_notes(billing, streams)
    yield contracts.contract_versions(invoices, journal, streams)
    yield contracts.manager_assignments(invoices, people, streams)
    yield account_merges(invoices, people, streams)
