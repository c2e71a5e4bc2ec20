{#-
  Periods whose active users are not the new, the returning and the resurrecting together, are fewer than none,
  or are not those of fct_active_users; and, of all customers, periods in which a user who was ever active is
  neither active nor dormant. A segment value in which users are dormant only has no row of active ones.
-#}
with followed as (
    select
        lives.*,
        activity.active_users_count as counted_users_count,
        lives.active_users_count + lives.dormant_users_count as users_so_far_count,
        earlier.active_users_count + earlier.dormant_users_count + lives.new_users_count as expected_users_count
    from {{ ref('fct_user_lifecycle') }} as lives
    left join {{ ref('fct_active_users') }} as activity
        on
            lives.grain = activity.grain
            and lives.period_start = activity.period_start
            and lives.segment_name = activity.segment_name
            and lives.segment_value = activity.segment_value
            and lives.activity_notion = activity.activity_notion
    left join {{ ref('fct_user_lifecycle') }} as earlier
        on
            lives.grain = earlier.grain
            and lives.period_start = earlier.period_end
            and lives.segment_name = earlier.segment_name
            and lives.segment_value = earlier.segment_value
            and lives.activity_notion = earlier.activity_notion
)

select
    grain,
    period_start,
    segment_name,
    segment_value,
    activity_notion,
    active_users_count,
    counted_users_count,
    users_so_far_count,
    expected_users_count
from followed
where
    new_users_count + returning_users_count + resurrecting_users_count <> active_users_count
    or least(new_users_count, returning_users_count, resurrecting_users_count, dormant_users_count) < 0
    or coalesce(counted_users_count, 0) <> active_users_count
    or (segment_name = 'all' and users_so_far_count <> expected_users_count)
