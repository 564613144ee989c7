-- Further claim links: what whoever made one noted, when it was revoked, and when its learner asked for a new one.
ALTER TABLE offer ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE offer ADD COLUMN created_by TEXT NOT NULL DEFAULT '';
ALTER TABLE offer ADD COLUMN revoked_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE offer ADD COLUMN asked_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX offer_award ON offer (award_id);
CREATE INDEX offer_asked ON offer (asked_at) WHERE asked_at > 0;
