{#
  Joins that tell whose a row is: `users`, the person after merges of users, and `customers`, the customer that the
  row names, else the user's, after merges of customers. Either is missing where nobody knows.

  relation: name of a relation with source_id, user_id and customer_id.
  of_customers: `inner` where rows of nobody are of no use.
#}
{% macro joined_to_user_and_customer(relation, of_customers='left') -%}
left join {{ ref('int_users_resolved') }} as users
        on {{ relation }}.source_id = users.source_id and {{ relation }}.user_id = users.user_id
    {{ of_customers }} join {{ ref('int_customers_resolved') }} as customers
        on
            {{ relation }}.source_id = customers.source_id
            and coalesce({{ relation }}.customer_id, users.billing_customer_id) = customers.billing_customer_id
{%- endmacro %}
