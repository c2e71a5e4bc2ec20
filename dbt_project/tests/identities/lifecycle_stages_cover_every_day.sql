{#-
  Companies with two stages on a day, or with none after their first and before as_of. Only an account that the CRM
  deleted may end.
-#}
with followed as (
    select
        *,
        lead(from_date) over (partition by company_id order by from_date, stage_number) as next_from_date,
        lead(stage_name) over (partition by company_id order by from_date, stage_number) as followed_by
    from {{ ref('fct_lifecycle_stages') }}
)

select
    company_id,
    stage_name,
    from_date,
    to_date
from followed
where
    to_date <= from_date
    or coalesce(to_date, from_date) > {{ last_measured_day() }}
    or stage_name = followed_by and to_date = next_from_date
    or next_stage_name is distinct from followed_by
    or (to_date is null and next_from_date is not null)
    or (to_date is distinct from next_from_date and not (customer_id is null and to_date <= coalesce(next_from_date, to_date)))
    or (to_date is null and customer_id is null and account_id is null)
