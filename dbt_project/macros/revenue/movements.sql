{#
  Name of the net movement between two balances of a customer (metrics.md, section 3).

  The order of the tests is part of the definition: reactivation and churn come before expansion and
  contraction, because a customer who returns also has more than before. Needs in scope: mrr_before,
  mrr_after, fx_amount, is_new (first paid inside the window), is_paused_before, is_paused_after and
  has_paid_before. A pause that ends without a resume is a churn of amount 0.
#}
{% macro movement_type() %}
    case
        when mrr_before = 0 and mrr_after > 0 and is_new then 'new'
        when mrr_before = 0 and mrr_after > 0 and is_paused_before then 'resume'
        when mrr_before = 0 and mrr_after > 0 then 'reactivation'
        when mrr_before > 0 and mrr_after = 0 and is_paused_after then 'pause'
        when mrr_before > 0 and mrr_after = 0 then 'churn'
        when mrr_before = 0 and mrr_after = 0 and is_paused_before and not is_paused_after then 'churn'
        when mrr_before > 0 and mrr_after - mrr_before - fx_amount > 0 then 'expansion'
        when mrr_before > 0 and mrr_after - mrr_before - fx_amount < 0 then 'contraction'
    end
{%- endmacro %}

{# Part of a movement that is due to exchange rates: only of customers who pay before and after. #}
{% macro movement_fx() %}
    case when mrr_before > 0 and mrr_after > 0 then fx_amount else 0 end
{%- endmacro %}

{% macro movement_types() %}
    {{- return(['new', 'reactivation', 'expansion', 'contraction', 'churn', 'pause', 'resume', 'fx']) -}}
{% endmacro %}
