{#-
  Another build is due of the periods that end in a month when there are others, or when anything of a month in one of
  them was built anew: what was delivered of it, whose it is, or policies.
-#}
{%- set code = code_of(['int_feature_months_counted']) -%}
with periods as (
    {{ periods_of_months() }}
),

parts as (
    select
        {{ period_start('month', add_days('periods.period_end', -1)) }} as last_month,
        periods.grain || ' ' || cast(months.activity_month as string) || ' ' || months.build_id as part
    from periods
    inner join {{ ref('int_activity_months_built') }} as months
        on months.activity_month >= periods.period_start and months.activity_month < periods.period_end
)

select
    last_month,
    md5({{ set_as_text('part') }} || ' {{ code }}') as build_id
from parts
group by last_month
