{#-
  Each month that a customer was paying at the start of, or came back in, with its MRR and plan before and after.
  Rates of exchange are taken off: they are nothing that the customer did.
-#}
with {{ daily_openings({'mrr_amount': 'mrr_after', 'is_paused': 'is_paused_after'}) }},

months as (
    select
        period_start,
        period_end
    from {{ ref('int_periods_spanned') }}
    where grain = 'month' and is_billed and is_complete
),

converted as (
    select
        customer_id,
        {{ period_start('month', 'change_date') }} as period_start,
        sum(fx_amount) as fx_amount
    from {{ ref('int_customer_mrr_changed') }}
    group by customer_id, {{ period_start('month', 'change_date') }}
),

balances as (
    select
        opened.customer_id,
        months.period_start,
        months.period_end,
        opened.mrr_amount as opening_mrr,
        closed.mrr_amount as closing_mrr,
        opened.is_paused as was_paused,
        closed.is_paused
    from months
    inner join openings as opened
        on months.period_start >= opened.opening_from_date and months.period_start < opened.opening_to_date
    inner join openings as closed
        on
            opened.customer_id = closed.customer_id
            and months.period_end >= closed.opening_from_date
            and months.period_end < closed.opening_to_date
    inner join {{ ref('int_customer_first_payments') }} as payments
        on opened.customer_id = payments.customer_id and payments.first_paid_date < months.period_start
    where opened.mrr_amount > 0 or closed.mrr_amount > 0
)

select
    balances.customer_id,
    balances.period_start as month_start,
    {# Who comes back is bound by what it comes back with. #}
    coalesce(terms.plan, later.plan) as plan,
    later.plan as next_plan,
    coalesce(terms.term_months, later.term_months) as term_months,
    {# The period of life, or the term, that ends in the month; 0 where a long term runs on. #}
    case when balances.opening_mrr > 0 and terms.months_to_end = 1 then terms.completed_periods + 1 else 0 end as period,
    balances.opening_mrr,
    greatest(balances.closing_mrr - coalesce(converted.fx_amount, 0), 0) as closing_mrr,
    balances.closing_mrr = 0 and not balances.is_paused as is_lost,
    balances.opening_mrr = 0 and not balances.was_paused as is_back
from balances
left join converted
    on balances.customer_id = converted.customer_id and balances.period_start = converted.period_start
left join {{ ref('int_customer_terms_dated') }} as terms
    on balances.customer_id = terms.customer_id and balances.period_start = terms.dated_on
left join {{ ref('int_customer_terms_dated') }} as later
    on balances.customer_id = later.customer_id and balances.period_end = later.dated_on
