/** Routes of what a job leaves behind, and of the digits to try a checkpoint on. */

import { Manifest } from '../../shared/checkpoints/manifest.ts';
import { FullEvaluation } from '../../shared/views.ts';
import {
  CheckpointList,
  CheckpointParams,
  FILE_TYPES,
  getCheckpoint,
  listCheckpoints,
} from '../handlers/checkpoints.ts';
import { getDatasetImage, ImageParams, PNG_TYPE } from '../handlers/datasets.ts';
import { getEvaluation } from '../handlers/evaluation.ts';
import { JobParams } from '../handlers/jobs.ts';
import { CSV_TYPE, getLossPlot, getMetrics, Metrics, PlotQuery, SVG_TYPE } from '../handlers/metrics.ts';
import { Prediction, PredictRequest, predict } from '../handlers/predict.ts';
import { defineRoute, type Route } from '../route.ts';

export const resultRoutes: readonly Route[] = [
  defineRoute({
    method: 'get',
    path: '/v1/jobs/{id}/metrics',
    operationId: 'getMetrics',
    tag: 'results',
    summary: "A job's losses and accuracies, epoch by epoch",
    params: JobParams,
    answers: { 200: Metrics },
    problems: { 404: ['job-not-found'], 406: ['not-acceptable'] },
    files: [CSV_TYPE],
    handler: getMetrics,
  }),
  defineRoute({
    method: 'get',
    path: '/v1/jobs/{id}/loss.svg',
    operationId: 'getLossPlot',
    tag: 'results',
    summary: "A plot of a job's losses over its epochs",
    params: JobParams,
    query: PlotQuery,
    answers: {},
    files: [SVG_TYPE],
    problems: { 404: ['job-not-found'] },
    handler: getLossPlot,
  }),
  defineRoute({
    method: 'get',
    path: '/v1/jobs/{id}/checkpoints',
    operationId: 'listCheckpoints',
    tag: 'results',
    summary: "List a job's checkpoints",
    params: JobParams,
    answers: { 200: CheckpointList },
    problems: { 404: ['job-not-found'] },
    handler: listCheckpoints,
  }),
  defineRoute({
    method: 'get',
    path: '/v1/jobs/{id}/checkpoints/{checkpoint}',
    operationId: 'getCheckpoint',
    tag: 'results',
    summary: "A checkpoint's manifest, or its file",
    params: CheckpointParams,
    answers: { 200: Manifest },
    files: FILE_TYPES,
    problems: {
      404: ['job-not-found', 'checkpoint-not-found'],
      406: ['not-acceptable'],
      500: ['checkpoint-damaged'],
      503: ['store-unavailable'],
    },
    handler: getCheckpoint,
  }),
  defineRoute({
    method: 'post',
    path: '/v1/predict',
    operationId: 'predict',
    tag: 'results',
    summary: 'Ask a checkpoint which digit a picture shows',
    role: 'viewer',
    body: PredictRequest,
    answers: { 200: Prediction },
    problems: {
      404: ['job-not-found', 'checkpoint-not-found'],
      500: ['checkpoint-damaged'],
      503: ['store-unavailable'],
    },
    handler: predict,
  }),
  defineRoute({
    method: 'get',
    path: '/v1/datasets/{dataset}/{set}/{index}',
    operationId: 'getDatasetImage',
    tag: 'results',
    summary: 'An image of a dataset, as it was before any resizing',
    params: ImageParams,
    answers: {},
    files: [PNG_TYPE],
    problems: { 404: ['not-found'], 503: ['dataset-unavailable'] },
    handler: getDatasetImage,
  }),
  defineRoute({
    method: 'get',
    path: '/v1/jobs/{id}/evaluation',
    operationId: 'getEvaluation',
    tag: 'results',
    summary: 'The whole result of an eval job: every image that the checkpoint gets wrong',
    params: JobParams,
    answers: { 200: FullEvaluation },
    problems: { 404: ['job-not-found', 'evaluation-not-found'], 503: ['store-unavailable'] },
    handler: getEvaluation,
  }),
];
