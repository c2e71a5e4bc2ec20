{#-
  What a source delivered at first is its history. A table of its own, because an engine that doesn't know how few
  sources there are would look up each of them among all events instead of the reverse, and need memory for these.
-#}
select
    _source_id as source_id,
    min(_loaded_at) as first_loaded_at
from {{ source('landing', 'usage_events') }}
where _loaded_at <= {{ known_at() }}
group by _source_id
