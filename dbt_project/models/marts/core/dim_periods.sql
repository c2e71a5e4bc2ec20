select
    grain,
    period_start,
    period_end,
    is_complete
from {{ ref('int_periods_spanned') }}
