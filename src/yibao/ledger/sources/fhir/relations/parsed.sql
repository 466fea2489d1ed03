-- Claims and explanations of benefit, one column for each of their elements; `self` is their reference, made from another
-- number of theirs when they have no id.
with read as (
  select n, row, type as resource, id as self, body, unnest(from_json(body, $claim))
  from resource
  where type in ('Claim', 'ExplanationOfBenefit')
)
select * exclude (self, body, id, resourceType), hash(body) as content,
  coalesce(self, resource || '/' || list_filter(identifier, x -> x.value is not null)[1].value) as self
from read
