{#- A person with several logins and devices has the months of all of them. -#}
select
    actors.customer_user_number,
    actors.user_id,
    actors.customer_id,
    years.activity_notion,
    years.activity_year,
    bit_or(years.active_months) as active_months,
    min(years.first_date) as first_date
from {{ ref('int_user_years_marked') }} as years
inner join {{ ref('int_actors_attributed') }} as actors
    on
        years.source_id = actors.source_id
        and years.actor_id = actors.actor_id
        and years.is_user = actors.is_user
        and years.customer_id is not distinct from actors.named_customer_id
group by
    actors.customer_user_number, actors.user_id, actors.customer_id, years.activity_notion, years.activity_year
