-- Learners who ask for a new claim link stand in one list with all other wishes. The id of such a wish follows from that of the link.
INSERT INTO learner_wish (id, kind, issuer_id, award_id, text, at, closed_at, closed_by)
SELECT 'wsh_' || SUBSTR(o.id, 5), 'link', a.issuer_id, o.award_id, '', o.asked_at, 0, ''
FROM offer o JOIN award a ON a.id = o.award_id
WHERE o.asked_at > 0 AND a.revoked_at = 0 AND a.erased_at = 0
  AND NOT EXISTS (SELECT 1 FROM offer later WHERE later.award_id = o.award_id AND (later.created_at >= o.asked_at OR later.asked_at > o.asked_at));
