{# An expression that stops the run with a message as soon as it is computed: for what must not be published. #}
{% macro stop_run(message) %}{{ return(adapter.dispatch('stop_run')(message)) }}{% endmacro %}
{% macro duckdb__stop_run(message) %}error({{ message }}){% endmacro %}
{% macro spark__stop_run(message) %}raise_error({{ message }}){% endmacro %}
