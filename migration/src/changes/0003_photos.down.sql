DROP TABLE tags, detections, photos;
