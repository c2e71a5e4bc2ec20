{#- From which band to which: of everyone scored at a snapshot or four weeks before it. -#}
with bands as (
    {{ score_bands() }}
),

dates as (
    select distinct
        now.score_kind,
        now.as_of_date
    from bands as now
    inner join bands as earlier
        on now.score_kind = earlier.score_kind and earlier.as_of_date = {{ add_days('now.as_of_date', -28) }}
),

{# Everyone twice: as of the date, and as of four weeks before it. #}
told as (
    select dates.score_kind, dates.as_of_date, bands.customer_id, null as from_band, bands.band as to_band,
        cast(0 as {{ money_type() }}) as from_mrr_amount, bands.mrr_amount as to_mrr_amount
    from dates
    inner join bands
        on dates.score_kind = bands.score_kind and dates.as_of_date = bands.as_of_date
    union all
    select dates.score_kind, dates.as_of_date, bands.customer_id, bands.band as from_band, null as to_band,
        bands.mrr_amount as from_mrr_amount, cast(0 as {{ money_type() }}) as to_mrr_amount
    from dates
    inner join bands
        on dates.score_kind = bands.score_kind and {{ add_days('dates.as_of_date', -28) }} = bands.as_of_date
),

by_customer as (
    select
        score_kind,
        as_of_date,
        customer_id,
        coalesce(max(from_band), 'not scored') as from_band,
        coalesce(max(to_band), 'not scored') as to_band,
        sum(from_mrr_amount) as from_mrr_amount,
        sum(to_mrr_amount) as to_mrr_amount
    from told
    group by score_kind, as_of_date, customer_id
)

select
    score_kind,
    as_of_date,
    from_band,
    to_band,
    count(*) as customers_count,
    {{ money('sum(from_mrr_amount)') }} as from_mrr_amount,
    {{ money('sum(to_mrr_amount)') }} as to_mrr_amount
from by_customer
group by score_kind, as_of_date, from_band, to_band
