{#- Who was active is told of one week more: that nobody is any longer. -#}
with followed as (
    select
        customer_id,
        measured_date,
        active_users_count,
        {{ add_days('measured_date', 7) }} as next_week_date,
        lead(measured_date) over (partition by customer_id order by measured_date) as next_measured_date
    from {{ ref('int_customer_weeks_counted') }}
)

select
    customer_id,
    measured_date,
    active_users_count
from followed
union all
select
    followed.customer_id,
    followed.next_week_date as measured_date,
    cast(0 as bigint) as active_users_count
from followed
inner join {{ ref('int_periods_spanned') }} as weeks
    on followed.next_week_date = {{ add_days('weeks.period_end', -1) }}
where
    weeks.grain = 'week'
    and weeks.is_complete
    and followed.next_measured_date is distinct from followed.next_week_date
