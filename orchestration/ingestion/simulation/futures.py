"""The true probabilities of leaving within 30 and 90 days: averages over futures of the hidden state.

The state is linear, so a later week's log hazard is today's state carried on, which differs between
customers, plus the shocks until then, which are of one law for all. Futures of the shocks are drawn
once; each customer's survival is averaged over them. Bugs are so skewed that a normal approximation
would halve the risk of those who are well today.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.ingestion.simulation import latent
from orchestration.ingestion.simulation.book import Book, Week
from orchestration.ingestion.simulation.decisions import (
    LEAST_USE,
    SHRINK_CHANCE,
    SLACK_AFTER_CUT,
)
from orchestration.ingestion.simulation.latent import (
    CUT,
    ENGAGEMENT,
    FAILURES,
    NOISE,
    SLACK,
    WEIGHTS,
    A,
    Latent,
)
from orchestration.ingestion.simulation.renewals import (
    GIVE_UP_DAYS,
    RETRY_DAYS,
    RETRY_SHARES,
    failure_chance,
    loss_chance,
    loss_chance_so_far,
    trouble_chance,
    usual_failure_chance,
    usual_loss_chance,
)
from orchestration.ingestion.simulation.streams import Streams
from orchestration.ingestion.simulation.timeline import DAY, WEEK, Bools, Floats, Ints, add_months

HORIZONS = (30, 90)
WEEKS = -(-max(HORIZONS) // 7)
BILLS_AHEAD = 4
PATHS, GROUPS = 32_768, 192
"""Futures that are drawn, and about how many groups of like futures survival is averaged over."""

SURE = 1 - 1e-9
"""Who is as good as given up has a hazard that is finite."""

LOG_ODDS_OF_CUT = float(np.log(LEAST_USE / (1 - LEAST_USE)))
SINCE: Floats = np.arange(WEEKS, dtype=np.float64)
"""Whole weeks since a bill."""


@dataclass(frozen=True)
class Ahead:
    """What lies before customers; arrays are parallel to those who were asked for.

    Attributes:
        within: probability of giving notice, or of being given up, by horizon in days.
        adds_by_payments: what lost payments add to the log of all that may end the customer within the
            longest horizon, beyond a customer of the same plan who owes nothing and pays like most.
    """

    within: dict[int, Floats]
    adds_by_payments: Floats


class Futures:
    """Factors on the hazard by coming shocks: for each horizon (weeks, groups), and their weights."""

    def __init__(self, streams: Streams) -> None:
        rng = streams.of("futures")
        state = np.zeros((PATHS, len(WEIGHTS)))
        factors = np.ones((WEEKS, PATHS))
        for week in range(1, WEEKS):
            state = np.einsum("ij,kj->ik", state, A)
            state += latent.draw_shocks(rng, PATHS)
            factors[week] = np.exp(np.einsum("ij,j->i", state, WEIGHTS))
        self._of = {days: _grouped(factors[: -(-days // 7)]) for days in HORIZONS}

    def within(self, book: Book, state: Latent, not_activated: Bools, week: Week, i: Ints) -> Ahead:
        """What customers `i` have before them within each horizon."""
        hazard = _hazards(book, state, not_activated, week, i)
        loss_now = np.where(book.in_dunning(), loss_chance_so_far(book, week.start), 0)[i]
        given_up = book.dunning_since[i] + GIVE_UP_DAYS * DAY
        bills = _bills(book, i)
        lost_by_bill = (failure_chance(book) * loss_chance(book))[i]
        usually_lost = (usual_failure_chance(book) * usual_loss_chance(book))[i]
        found: dict[int, Floats] = {}
        adds = np.zeros(len(i))
        for days, (factors, weights) in self._of.items():
            weeks = len(factors)
            shares = np.clip(days / 7 - np.arange(weeks), 0, 1)
            total = np.einsum("it,tk->ik", hazard[:, :weeks] * shares, factors)
            stays = np.einsum("ik,k->i", np.exp(-total), weights)
            due = week.start + days * DAY
            lost = np.where(given_up < due, loss_now, 0)
            counted = (bills + GIVE_UP_DAYS * DAY < due).sum(axis=1)
            found[days] = 1 - (1 - lost) * stays * (1 - lost_by_bill) ** counted
            if days == max(self._of):
                usual = stays * (1 - usually_lost) ** counted
                adds = _log_ratio(-np.log1p(-np.minimum(found[days], SURE)), -np.log(usual))
        return Ahead(found, adds)


def _log_ratio(hazard: Floats, usual: Floats) -> Floats:
    """log(hazard / usual); 0 where nothing can end the customer either way."""
    is_some = (hazard > 0) & (usual > 0)
    return np.log(np.where(is_some, hazard, 1) / np.where(is_some, usual, 1))


def can_leave(annual: Bools, weeks_left: Ints, days: int) -> Bools:
    """Who can give notice at all within so many days, `weeks_left` before the end of the period."""
    first, last = weeks_left - (len(latent.NOTICE_WINDOW) - 1), weeks_left - 1
    return ~annual | ((first < days / 7) & (last >= 0))


def _grouped(factors: Floats) -> tuple[Floats, Floats]:
    """Means of neighbours in the total factor, and their shares; groups are finer where it is large."""
    order = np.argsort(factors.sum(axis=0), kind="stable")
    edges = np.unique(np.round(PATHS * (1 - np.linspace(1, 0, GROUPS + 1) ** 3)).astype(np.int64))
    sizes = np.diff(edges)
    means = np.add.reduceat(factors[:, order], edges[:-1], axis=1) / sizes
    return means, sizes / PATHS


def _hazards(book: Book, state: Latent, not_activated: Bools, week: Week, i: Ints) -> Floats:
    """Expected weekly hazard of customers but for the coming shocks, of shape (customers, weeks)."""
    tenure = (week.start - book.first_paid_at[i]) / WEEK
    left = (book.period_end[i] - week.start) // WEEK
    free = _chance_to_decide(book, week, i)
    hazards = free * _effect_of_bills(book, week, i) * _effect_of_cuts(book, state, free, i)
    carried = state.x[i]
    for ahead in range(WEEKS):
        young = not_activated[i] & (tenure + ahead < latent.YOUNG_WEEKS)
        effect = np.einsum("ij,j->i", carried - latent.STEADY, WEIGHTS)
        effect += latent.NOT_ACTIVATED * young
        base = latent.base_log_hazard(book.plan[i], book.annual[i], tenure + ahead)
        hazards[:, ahead] *= np.exp(base + effect) * latent.gate(book.annual[i], left - ahead)
        carried = np.einsum("ij,kj->ik", carried, A) + state.fit[i, None] * latent.ON_FIT
    return hazards


def _bills(book: Book, i: Ints) -> Ints:
    """Instants of the next bills, of shape (customers, bills)."""
    term = np.where(book.annual[i], 12, 1)
    return np.stack(
        [add_months(book.anchor[i], (book.period[i] + 1 + k) * term) for k in range(BILLS_AHEAD)],
        axis=1,
    )


def _settled_after(elapsed: Floats) -> Floats:
    """Share of the recovered invoices that a retry has recovered after so many seconds."""
    share: Floats = ((elapsed[..., None] >= RETRY_DAYS * DAY) * RETRY_SHARES).sum(axis=-1)
    return share


def _effect_of_bills(book: Book, week: Week, i: Ints) -> Floats:
    """Mean factor on the hazard of payments that may fail or be late in the coming weeks."""
    fails, loses = failure_chance(book)[i, None], loss_chance(book)[i, None]
    late = np.minimum(2 * trouble_chance(book)[i, None], 1)
    late = np.where(book.population.pays_by_invoice[i, None], late, 0)
    # While an invoice is open nobody decides; after it, the failure is remembered.
    remembered = np.exp(WEIGHTS[FAILURES] * A[FAILURES, FAILURES] ** SINCE)
    settled = remembered * _settled_after((SINCE + 0.5) * WEEK)
    factors = np.ones((len(i), WEEKS))
    for at in _bills(book, i).T:
        since = np.arange(WEEKS) - (at[:, None] - week.start) // WEEK
        known = np.clip(since, 0, WEEKS - 1)
        after = 1 + fails * (settled[known] * (1 - loses) - 1) + late * (remembered[known] - 1)
        factors *= np.where(since > 0, after, np.where(since == 0, 1 - fails, 1.0))
    return factors


def _chance_to_decide(book: Book, week: Week, i: Ints) -> Floats:
    """Chance that today's dunning, if it ends well, is over: nobody decides before."""
    since = book.dunning_since[i, None]
    ends = week.start + (np.arange(WEEKS) + 1) * WEEK
    open_now = 1 - _settled_after((week.start - since).astype(np.float64))
    open_then = 1 - _settled_after((ends - since).astype(np.float64))
    over = 1 - open_then / np.maximum(open_now, RETRY_SHARES[-1])
    return np.where(book.in_dunning()[i, None], np.clip(over, 0, 1), 1.0)


def _effect_of_cuts(book: Book, state: Latent, free: Floats, i: Ints) -> Floats:
    """Mean factor on the hazard of seats that may be cut in the coming weeks, while many idle."""
    may_cut = (book.seats[i] > 1) & ~book.annual[i]
    use = state.x[i][:, [ENGAGEMENT, SLACK]]
    variance = 0.0
    chances = np.zeros((len(i), WEEKS))
    factors = np.ones_like(chances)
    keeps = np.diag(A)[[ENGAGEMENT, SLACK]]
    for ahead in range(WEEKS):
        for cut in range(ahead):
            since = ahead - cut
            memory = WEIGHTS[CUT] * A[CUT, CUT] ** since
            memory += WEIGHTS[SLACK] * SLACK_AFTER_CUT * A[SLACK, SLACK] ** since
            factors[:, ahead] *= 1 + chances[:, cut] * (np.exp(memory) - 1)
        below = LOG_ODDS_OF_CUT - latent.log_odds_of_use(use[:, 0], use[:, 1])
        # The logistic curve stands for the normal one.
        scaled = np.clip(1.702 * below / np.sqrt(variance + 1e-6), -40, 40)
        chances[:, ahead] = SHRINK_CHANCE * may_cut * free[:, ahead] / (1 + np.exp(-scaled))
        use = use * keeps
        use[:, 0] += state.fit[i] * latent.ON_FIT[ENGAGEMENT]
        loading = np.array(latent.USE_OF_SEATS[1:]) * keeps**ahead
        variance += float(((loading * NOISE[[ENGAGEMENT, SLACK]]) ** 2).sum())
    return factors
