{#-
  Tiers of each price in each interval in which none of them changes. What is known first of a price's tiers
  has always held; a tier that is added or vanishes later does so then. While there is none the number is NULL.
-#}
with versions as (
    select
        *,
        case
            when valid_from_at = min(valid_from_at) over (partition by source_id, price_id) then {{ long_ago() }}
            else valid_from_at
        end as from_at
    from {{ ref('stg_billing__price_tiers') }}
),

starts as (
    select distinct source_id, price_id, from_at from versions
),

slots as (
    select
        source_id,
        price_id,
        from_at as valid_from_at,
        coalesce(
            lead(from_at) over (partition by source_id, price_id order by from_at), {{ forever() }}
        ) as valid_to_at
    from starts
)

select
    slots.source_id,
    slots.price_id,
    slots.valid_from_at,
    slots.valid_to_at,
    versions.tier_number,
    coalesce(
        lag(versions.up_to_quantity) over (
            partition by slots.source_id, slots.price_id, slots.valid_from_at order by versions.tier_number
        ),
        0
    ) as above_quantity,
    case
        when versions.tier_number is null then 0
        else coalesce(versions.up_to_quantity, 999999999999)
    end as up_to_quantity,
    versions.unit_amount_minor,
    versions.flat_amount_minor
from slots
left join versions
    on
        slots.source_id = versions.source_id
        and slots.price_id = versions.price_id
        and versions.from_at <= slots.valid_from_at
        and coalesce(versions.valid_to_at, {{ forever() }}) >= slots.valid_to_at
        and not versions.is_deleted
